import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, exits, expectSame, overSsh, recapOf, snapshots } from './netwright.ts';
import { startRig, until, type Rig } from './rig.ts';

// A handler that was notified is owed until it has run, whatever becomes of the run in between.

let rig: Rig;
let inventory: string;
let playbook: string;
let before: string[];

const PLAY = `- hosts: all
  lab: owed
  handlers:
    - name: Restart
      shell: 'echo "\${0}" >>/tmp/restarts; test ! -e /tmp/cannot-restart'
  tasks:
    - { name: Configured, copy: { content: "{{ value }}", dest: /tmp/configured }, notify: Restart }
    - { name: Slow, shell: 'while [ -e /tmp/slow ]; do sleep 0.05; done' , changed_when: false, notify: Restart }
    - { name: Bridge, bridge: { name: nw0, address: 10.9.0.1/24 }, notify: Restart }
    - { name: Fails, command: test ! -e /tmp/fails, changed_when: false }
`;

beforeAll(async () => {
  rig = await startRig(1);
  inventory = rig.inventory();
  playbook = join(rig.directory, 'owed.yml');
  writeFileSync(playbook, PLAY);
  before = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

const argvOf = (command: string, value: number): string[] => [
  command,
  playbook,
  '-i',
  inventory,
  '-e',
  `value=v${value}`,
];
const run = (value: number) => overSsh(rig, argvOf('run', value));
const restarts = async () => Number(await rig.host('h1').sh('cat /tmp/restarts 2>/dev/null | wc -l'));
const owed = () => rig.host('h1').sh('cat /var/lib/netwright/owed.owed 2>/dev/null || true');

test('after a failure it is on the disk of the host, plan tells it, and the next run does it', async () => {
  await rig.host('h1').sh('touch /tmp/fails');
  await exits(3, run(1));
  expect(await restarts()).toBe(0);
  expect(JSON.parse(await owed())).toEqual({ version: 1, plays: { '#1': ['Restart'] } });
  await rig.host('h1').sh('rm /tmp/fails');
  expect((await exits(0, overSsh(rig, argvOf('plan', 1)))).stdout).toMatch(
    /h1 +> Restart +will run: owed since an earlier run\n/,
  );
  const { stdout } = await exits(0, run(1));
  expect(stdout).toContain('h1  owes the handler "Restart" since an earlier run');
  expect(stdout).toMatch(/h1 += Configured/);
  expect(await restarts()).toBe(1);
  expect(await owed()).toBe('');
  expect((await exits(0, run(1))).stdout).not.toContain('owes');
  expect(await restarts()).toBe(1);
});

test('a handler that fails is owed on', async () => {
  await rig.host('h1').sh('touch /tmp/cannot-restart');
  await exits(3, run(2));
  expect(await owed()).toContain('Restart');
  await rig.host('h1').sh('rm /tmp/cannot-restart');
  await exits(0, run(2));
  expect(await restarts()).toBe(3);
  expect(await owed()).toBe('');
});

test('when netwright is killed in the middle of what notifies, it is done by the next run', async () => {
  await rig.host('h1').sh('touch /tmp/slow');
  const running = begin(rig, argvOf('run', 3));
  await until(async () => (await rig.host('h1').sh('cat /tmp/configured')) === 'v3', 60_000, 'the file changed');
  await until(async () => (await owed()).includes('Restart'), 60_000, 'the handler noted');
  running.child.kill('SIGKILL');
  await running.result;
  await rig.host('h1').sh('rm /tmp/slow');
  const { stdout } = await exits(0, run(3));
  expect(stdout).toMatch(/h1 += Configured/);
  expect(await restarts()).toBe(4);
  expect(recapOf(stdout).h1!.changed).toBe(1);
});

test('destroy leaves nothing of it', async () => {
  await rig.host('h1').sh('touch /tmp/fails');
  await exits(3, run(4));
  expect(await owed()).toContain('Restart');
  await exits(0, overSsh(rig, argvOf('destroy', 4)));
  expect(await owed()).toBe('');
  await rig.host('h1').sh('rm -f /tmp/fails /tmp/configured /tmp/restarts');
  await expectSame(rig.hosts, before);
});
