import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '../../tasks/index.ts';
import { isDeclarative } from '../../src/task.ts';
import { DECOYS, scenarios } from './kinds/scenarios.ts';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, onHost, recapOf, ROOT, told, writeOn } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

const PLAYBOOK = '/root/kinds.yml';

let rig: Rig;
let host: RigHost;
let kernel: Kernel;
let clean: string;

const netwright = (...argv: string[]) => onHost(host, argv);

/** Each task a line; `extra` are words of every task, such as `adopt: true`. */
async function write(tasks: readonly string[], extra = ''): Promise<void> {
  const lines = tasks.map((task) => `    - ${task}\n${extra === '' ? '' : `      ${extra}\n`}`);
  await writeOn(host, PLAYBOOK, `- hosts: localhost\n  lab: kinds\n  tasks:\n${lines.join('')}`);
}

/** The same tasks to be removed, last one first. */
const absent = (tasks: readonly string[]): string[] =>
  tasks.toReversed().map((task) => task.replace(/ \}$/, ', state: absent }'));

async function run(): Promise<string[]> {
  const { stdout } = await exits(0, netwright('run', PLAYBOOK));
  expect(recapOf(stdout).localhost).toMatchObject({ failed: 0 });
  expect(stdout).not.toContain('repaired');
  return told(stdout, CHANGES);
}

beforeAll(async () => {
  rig = await startRig(3);
  host = rig.host('h1');
  kernel = new Kernel(host);
  await host.sh(DECOYS);
  await kernel.settled();
  clean = await host.snapshot();
});
afterAll(() => rig.stop());

test('every declarative kind has its scenario, or a playbook or a test that needs more than this host has', () => {
  const texts = ['playbooks', 'test/net'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(yml|test\.ts)$/.test(name))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  );
  const proven = (kind: string): boolean =>
    kind in scenarios || texts.some((text) => new RegExp(`^ *(- )*${kind}:`, 'm').test(text));
  const all = kinds.filter(isDeclarative).map(({ kind }) => kind);
  expect(all.filter((kind) => !proven(kind))).toEqual([]);
});

describe.each(Object.entries(scenarios))('%s', (_, { tasks, check, changes }) => {
  test('is applied, and is in the kernel', async () => {
    await write(tasks);
    expect(await run()).toHaveLength(tasks.length);
    await check(kernel);
  });

  test('is not touched the second time', async () => {
    const spaces = (await host.sh('ls /run/netns')).split('\n').filter((name) => /^kinds-(one|two)$/.test(name));
    const watched = spaces.map((name) => kernel.in(name));
    let again: string[] = ['not run'];
    const act = async (): Promise<void> => {
      again = await run();
    };
    const events: string[] = [];
    // One monitor around the other, each in a namespace.
    await watched.reduce<() => Promise<void>>(
      (inner, space) => async () => void events.push(await space.during(inner)),
      async () => void events.push(await kernel.during(act)),
    )();
    expect(again).toEqual([]);
    expect(events.join('')).toBe('');
  });

  test.each(changes)(
    'changes only what changed from $from to $to',
    async ({ from, to, told: lines, check: changed }) => {
      await write(tasks.map((task) => task.replace(from, to)));
      const planned = told((await exits(2, netwright('plan', PLAYBOOK))).stdout, CHANGES);
      expect(planned).toEqual(lines);
      expect(await run()).toEqual(lines);
      await changed(kernel);
      await write(tasks);
      await run();
      await check(kernel);
    },
  );

  test('is removed by state: absent, and everything is as before', async () => {
    await write(absent(tasks));
    const lines = await run();
    expect(lines.filter((line) => !line.startsWith('-'))).toEqual([]);
    await expectSame([host], [clean]);
    expect(await run()).toEqual([]);
    await expectSame([host], [clean]);
  });
});

describe('what is not ours', () => {
  const tasks = [
    'bridge: { name: theirs, address: 10.75.0.1/24, mtu: 1450 }',
    'route: { to: 10.76.0.0/16, via: 10.60.0.3 }',
    'container: { name: theirs, extra_hosts: ["db:10.71.0.9"] }',
  ];
  let before: string;

  beforeAll(async () => {
    await host.sh(`ip link add name theirs group 7 mtu 1400 address 02:00:00:00:00:75 type bridge
      ip link set theirs alias 'some body'; ip addr add 10.75.1.1/24 dev theirs; ip link set theirs up
      ip route add 10.76.0.0/16 via 10.60.0.2 proto static
      mkdir -p /etc/netns/kinds-theirs; printf '127.0.0.1 localhost\\n9.9.9.9 nine\\n' >/etc/netns/kinds-theirs/hosts
      chmod 600 /etc/netns/kinds-theirs/hosts`);
    await kernel.settled();
    before = await host.snapshot();
  });

  test('is refused, all of it at once, and nothing is touched', async () => {
    await write(tasks);
    const { stderr } = await exits(4, netwright('run', PLAYBOOK));
    for (const words of [
      'theirs exists and is not ours',
      'a route to 10.76.0.0/16 exists',
      '/etc/netns/kinds-theirs/hosts',
    ]) {
      expect(stderr).toContain(words);
    }
    await expectSame([host], [before]);
  });

  test('is not removed by state: absent either', async () => {
    await write(absent(tasks.slice(0, 2)));
    await exits(4, netwright('run', PLAYBOOK));
    await expectSame([host], [before]);
  });

  test('is taken over with adopt: true, and given back as it was', async () => {
    await write(tasks, 'adopt: true');
    await run();
    expect(await kernel.link('theirs')).toMatchObject({ mtu: 1450, ifalias: 'netwright:kinds' });
    expect(await kernel.addresses('theirs')).toEqual(['10.75.1.1/24', '10.75.0.1/24']);
    expect(await kernel.routes(4)).toContain('10.76.0.0/16 via 10.60.0.3 dev eth0');
    expect(await host.sh('cat /etc/netns/kinds-theirs/hosts')).toContain('10.71.0.9 db');
    expect(await run()).toEqual([]);
    await exits(0, netwright('destroy', PLAYBOOK));
    await expectSame([host], [before]);
  });
});
