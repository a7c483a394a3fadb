import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { Kernel } from '../objects/kernel.ts';

// busybox takes its own `ip` before any other, and that one knows no batches. A host that has busybox for its shell has
// it without that one, so here the name is made unfindable (the names are sorted, and this one stays in its place).
const OWN_IP = Buffer.from('\0ionice\0ip\0ipcalc\0');
const NO_IP = Buffer.from('\0ionice\0iq\0ipcalc\0');

const SHELLS: Readonly<Record<string, (path: string) => void>> = {
  dash: (path) => {
    symlinkSync('/usr/bin/dash', path);
  },
  bash: (path) => {
    symlinkSync('/usr/bin/bash', path);
  },
  busybox: (path) => {
    const program = readFileSync('/usr/bin/busybox');
    const at = program.indexOf(OWN_IP);
    if (at === -1) throw new Error('this busybox is not the one that the test knows');
    NO_IP.copy(program, at);
    writeFileSync(path, program, { mode: 0o755 });
  },
};

/** The same tests, one after another, on a host of its own for each shell that may be /bin/sh there. */
export function onEveryShell(title: string, tests: (kernel: () => Kernel) => void): void {
  describe.concurrent.each(Object.keys(SHELLS))('under %s', (name) => {
    describe(title, { concurrent: false }, () => {
      let kernel: Kernel;
      let directory: string;
      beforeAll(async () => {
        directory = mkdtempSync(join(tmpdir(), 'netwright-shell-'));
        SHELLS[name]!(join(directory, 'sh'));
        kernel = await Kernel.start();
        kernel.shells = `${directory}:`;
      });
      afterAll(() => {
        kernel.stop();
        rmSync(directory, { recursive: true });
      });
      tests(() => kernel);
    });
  });
}
