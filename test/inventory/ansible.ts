import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { layOut, type Case } from './case.ts';
import type { Printed } from './ours.ts';

/** A folder to be in, and words that begin with `ansible` or `ansible-inventory`. */
export type Call = readonly [folder: string, argv: readonly string[]];

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Lets the real Ansible do all of it, in one start of Python, which is what takes its time. */
export function ansible(calls: readonly Call[]): Said[] {
  // Debian's own Python, whatever else this machine has.
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'many.py')], {
    input: JSON.stringify(calls),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`Ansible cannot be run: ${stderr}`);
  return JSON.parse(stdout) as Said[];
}

const MODES = [['--list'], ['--list', '--export'], ['--graph', '--vars']];

/** The lines of a graph that `--vars` adds. */
const VARS = /^(?: {2}\|)+--\{.*\n/gm;

/** What `ansible-inventory` prints of these cases, each laid out in its folder. */
export function printedByAnsible(cases: readonly (readonly [folder: string, one: Case])[]): Printed[] {
  const calls = cases.flatMap(([folder, one]) => {
    layOut(folder, one);
    const sources = one.inventory.flatMap((name) => ['-i', name]);
    return MODES.map((mode): Call => [folder, ['ansible-inventory', ...sources, ...mode]]);
  });
  const said = ansible(calls);
  return cases.map(([folder, { plain = true }], index): Printed => {
    const [list, exported, graph] = said.slice(index * MODES.length, (index + 1) * MODES.length);
    if (list!.code !== 0 || list!.stderr.includes('Failed to parse')) throw new Error(`${folder}: ${list!.stderr}`);
    return {
      list: JSON.parse(list!.stdout) as unknown,
      export: JSON.parse(exported!.stdout) as unknown,
      graph: graph!.stdout.replace(VARS, ''),
      ...(plain ? { vars: graph!.stdout } : {}),
    };
  });
}
