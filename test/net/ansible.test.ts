import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byAnsible, worse, type Answer } from './ansible/answer.ts';
import { eventsOf, overSsh } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';

// The same plays by the real ansible-playbook, which runs them on this machine three times over, and by ours on three
// hosts: the same tasks in the same order, with the same outcome on every host.

const FOLDER = 'test/net/ansible';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig(3);
  rig.inventory();
});
afterAll(() => rig.stop());

async function byUs(playbook: string, argv: readonly string[]) {
  const { stdout, stderr } = await overSsh(rig, [
    'run',
    playbook,
    '-i',
    join(rig.directory, 'inventory.yml'),
    '--json',
    ...argv,
  ]);
  expect(stderr).toBe('');
  const done: { task: string; hosts: Record<string, string> }[] = [];
  for (const event of eventsOf(stdout)) {
    if (event.type !== 'task') continue;
    const task = event.task ?? '';
    // Ansible's line about these says `included` and no outcome.
    if (/^(include_(tasks|role)|Extra tasks of web)$/.test(task) && event.status === 'ok') continue;
    const last = done.at(-1);
    const isSame = last?.task === task && (event.item !== undefined || !Object.hasOwn(last.hosts, event.host!));
    const one = isSame ? last : { task, hosts: {} as Record<string, string> };
    if (!isSame) done.push(one);
    one.hosts[event.host!] = worse(one.hosts[event.host!], event.status!);
  }
  return { done, recap: eventsOf(stdout).at(-1)!.hosts! };
}

const cases = [
  ['flow', []],
  ['tags', ['--tags', 'one,late']],
  ['tags', ['--skip-tags', 'two,tagged']],
  ['fatal', []],
  ['most', []],
  ['batches', []],
  ['forced', []],
  ['words', []],
  ['files', []],
  ['values', []],
  ['async', []],
  ['further', []],
  ['free', []],
] as const;

const recorded = (name: string, argv: readonly string[]): string =>
  join(import.meta.dirname, 'ansible', 'recorded', `${[name, ...argv].join(' ').replaceAll(/[ ,-]+/g, '-')}.json`);

/** Ansible begins some tasks anew for each host (`meta: end_host`). */
function joined(done: Answer['done']): Answer['done'] {
  const all: { task: string; hosts: Record<string, string> }[] = [];
  for (const { task, hosts } of done) {
    // Which is no task of ours.
    if (task === 'Gathering Facts') continue;
    const last = all.at(-1);
    if (last?.task === task && !Object.keys(hosts).some((host) => Object.hasOwn(last.hosts, host))) {
      Object.assign(last.hosts, hosts);
    } else all.push({ task, hosts: { ...hosts } });
  }
  return all;
}

/** The tasks of each host, in its own order. */
function byHost(done: Answer['done']): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const { task, hosts } of done) {
    for (const [host, status] of Object.entries(hosts)) (all[host] ??= []).push(`${task}: ${status}`);
  }
  return all;
}

test.each(cases)('%s.yml %j has the same tasks in the same order with the same outcomes', async (name, argv) => {
  const theirs = JSON.parse(readFileSync(recorded(name, argv), 'utf8')) as Answer;
  const ours = await byUs(`${FOLDER}/${name}.yml`, argv);
  const both = [ours.done, joined(theirs.done)] as const;
  // Where each host goes on by itself, only its own order is known.
  const [mine, others] = name === 'free' ? both.map(byHost) : both;
  expect(mine).toEqual(others);
  for (const [host, { failed, rescued, ignored }] of Object.entries(theirs.recap)) {
    // Not the rest: Ansible counts the ignored failure of a program as a change too, and no skipped `meta`.
    expect(ours.recap[host], host).toMatchObject({ failed, rescued, ignored });
  }
});

// Ansible takes half a second for each task, so what it answered is kept beside its plays.
test.runIf(process.env.NETWRIGHT_ANSIBLE === '1').each(cases)(
  '%s.yml %j is what ansible-playbook does today',
  async (name, argv) => {
    const answer = byAnsible(`${FOLDER}/${name}.yml`, argv, rig.directory);
    if (name === 'free') {
      const { done, recap } = JSON.parse(readFileSync(recorded(name, argv), 'utf8')) as Answer;
      expect({ recap: answer.recap, done: byHost(answer.done) }).toEqual({ recap, done: byHost(done) });
    } else await expect(`${JSON.stringify(answer, null, 2)}\n`).toMatchFileSnapshot(recorded(name, argv));
  },
  600_000,
);
