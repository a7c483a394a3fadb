import { readFileSync } from 'node:fs';

/** Namespaces, as the kernel counts them. */
const namespaces = (): number =>
  Number(/^net_namespace +(\d+)/m.exec(readFileSync('/proc/slabinfo', 'utf8'))?.[1] ?? 0);

/** Waits until the kernel has done away with namespaces that were deleted: it does so later, and at some cost. */
export async function settled(): Promise<void> {
  for (let before = Infinity, now = namespaces(); now < before; before = now, now = namespaces()) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
