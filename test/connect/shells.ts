import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUSYBOX = '/usr/bin/busybox';

/** Every shell that a host may call `sh`, and both kinds of `timeout`. */
export const SHELLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dash: { sh: '/bin/dash' },
  bash: { sh: '/bin/bash' },
  'busybox ash': { sh: BUSYBOX, timeout: BUSYBOX, setsid: BUSYBOX },
  "dash with busybox's timeout": { sh: '/bin/dash', timeout: BUSYBOX },
};

/** Puts a shell first in PATH; answers how to undo it. */
export function useShell(name: string): () => void {
  const before = process.env.PATH;
  const directory = mkdtempSync(join(tmpdir(), 'netwright-shell-'));
  for (const [command, path] of Object.entries(SHELLS[name]!)) symlinkSync(path, join(directory, command));
  process.env.PATH = `${directory}:${before}`;
  return () => {
    process.env.PATH = before;
    rmSync(directory, { recursive: true });
  };
}
