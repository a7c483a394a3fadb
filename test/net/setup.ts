import { execFileSync } from 'node:child_process';
import { ROOT } from './netwright.ts';

/** The tests run what a user runs, so it has to be there and new before any host looks at this machine's disk. */
export default function buildWhenStale(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: ROOT, stdio: 'inherit' });
}
