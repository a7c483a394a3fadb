import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What came of the tasks of a playbook, in the order in which they were done, and what was counted. */
export interface Answer {
  readonly done: readonly { readonly task: string; readonly hosts: Readonly<Record<string, string>> }[];
  readonly recap: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const ORDER = ['skipped', 'ok', 'changed', 'failed'];

/** The worst of a loop's items is the task's; a skipped one says nothing of the others. */
export const worse = (a: string | undefined, b: string): string =>
  ORDER[Math.max(ORDER.indexOf(a ?? ''), ORDER.indexOf(b))]!;

const COUNTS = ['changed', 'failed', 'skipped', 'rescued', 'ignored'];
const WORDS: Readonly<Record<string, string>> = { skipping: 'skipped', fatal: 'failed' };

/** Runs the real ansible-playbook, with three hosts that are all this machine. */
export function byAnsible(playbook: string, argv: readonly string[], folder: string): Answer {
  const inventory = join(folder, 'local.ini');
  writeFileSync(inventory, ['h1', 'h2', 'h3'].map((name) => `${name} ansible_connection=local\n`).join(''));
  const env = { ...process.env, ANSIBLE_NOCOLOR: '1', ANSIBLE_FORKS: '3', ANSIBLE_STDOUT_CALLBACK: 'default' };
  const { stdout } = spawnSync('ansible-playbook', ['-i', inventory, playbook, ...argv], { env, encoding: 'utf8' });
  return read(stdout);
}

function read(stdout: string): Answer {
  const done: { task: string; hosts: Record<string, string> }[] = [];
  const recap: Record<string, Record<string, number>> = {};
  for (const line of stdout.split('\n')) {
    const header = /^(?:TASK|RUNNING HANDLER) \[(?:[\w-]+ : )?(.*)\] \*+$/.exec(line);
    if (header) done.push({ task: header[1]!, hosts: {} });
    const [, word, host] = /^(ok|changed|skipping|fatal|failed): \[(\w+)/.exec(line) ?? [];
    const last = done.at(-1);
    if (word !== undefined && host !== undefined && last)
      last.hosts[host] = worse(last.hosts[host], WORDS[word] ?? word);
    const [, name, counts] = /^(h\d) +: (.*)$/.exec(line) ?? [];
    if (name === undefined || counts === undefined) continue;
    const numbers = [...counts.matchAll(/(\w+)=(\d+)/g)].filter(([, key]) => COUNTS.includes(key!));
    recap[name] = Object.fromEntries(numbers.map(([, key, number]) => [key!, Number(number)]));
  }
  // What only takes in other tasks shows nothing of its own.
  const shown = done.filter(({ hosts }) => Object.keys(hosts).length > 0);
  // Hosts of one task answer in any order.
  return { done: shown.map(({ task, hosts }) => ({ task, hosts: sorted(hosts) })), recap: sorted(recap) };
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
