import { formatPatch, structuredPatch } from 'diff';
import type { Difference } from '../task.ts';

/** Beyond this many lines nobody reads it. */
const MOST = 400;

/** The lines of a unified diff, with three lines around each change; nothing where the texts are the same. */
export function unified({ title, before, after }: Difference): string[] {
  if (before === after) return [];
  const patch = structuredPatch(title, title, before, after, 'before', 'after', { context: 3, timeout: 2000 });
  if (patch === undefined) return [`${title}: too different to show`];
  const all = formatPatch(patch).trimEnd().split('\n');
  // The header of the format's own says nothing.
  const lines = all.slice(all.findIndex((line) => line.startsWith('--- ')));
  return lines.length <= MOST ? lines : [...lines.slice(0, MOST), `… ${lines.length - MOST} more lines`];
}
