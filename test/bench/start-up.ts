import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAIN, ROOT } from '../net/netwright.ts';
import { must } from '../net/rig/process.ts';
import { compare, type Row } from './measure.ts';

const RUNS = 25;

/** What it costs to start the program at all. */
export async function startUp(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'netwright-bench-'));
  const empty = join(directory, 'empty.js');
  writeFileSync(empty, '');
  const node = (...argv: string[]) => ({ run: () => must([process.execPath, ...argv], { cwd: ROOT }) });
  try {
    return [
      await compare('netwright --version, to an empty node', RUNS, 1.6, node(MAIN, '--version'), node(empty)),
      await compare(
        'netwright validate quickstart.yml, to an empty node',
        RUNS,
        4,
        node(MAIN, 'validate', 'playbooks/quickstart.yml'),
        node(empty),
      ),
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
