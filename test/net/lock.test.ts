import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { begin, CHANGES, exits, expectSame, overSsh, recapOf, snapshots, told } from './netwright.ts';
import { startRig, until, type Rig } from './rig.ts';

const LAB = ['-i', 'inventory/lab.yml'];

let rig: Rig;
let slow: string;
let quick: string;
let clean: string[];

const hasLink = async (name: string, link: string): Promise<boolean> =>
  (await new Kernel(rig.host(name)).links()).has(link);

const isBusy = (): Promise<void> => until(() => hasLink('h1', 'nw-slow'), 10_000, 'the first run at work');

const ended = async (name: string, words: string): Promise<boolean> =>
  (await rig.host(name).exec(['pgrep', '-f', words])).code !== 0;

beforeAll(async () => {
  rig = await startRig(3);
  slow = join(rig.directory, 'slow.yml');
  quick = join(rig.directory, 'quick.yml');
  writeFileSync(
    slow,
    `- hosts: h1,h2
  lab: slow
  tasks:
    - bridge: { name: nw-slow, address: 10.7.0.1/24 }
    - container: { name: one, networks: [{ bridge: nw-slow }], command: [sleep, infinity] }
    - { command: sleep 3, when: inventory_hostname == 'h1' }
    - bridge: { name: nw-late }
`,
  );
  writeFileSync(quick, '- hosts: h2,h3\n  lab: quick\n  tasks: [{ bridge: { name: nw-quick } }]\n');
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());
afterEach(() => expectSame(rig.hosts, clean));

const tidy = async (...playbooks: string[]): Promise<void> => {
  for (const playbook of playbooks) await exits(0, overSsh(rig, ['destroy', playbook, ...LAB]));
};

test('of two runs at once the second is refused, touches nothing, and names the first', async () => {
  const first = begin(rig, ['run', slow, ...LAB]);
  await isBusy();
  const { stdout, stderr } = await exits(7, overSsh(rig, ['run', quick, ...LAB]));
  expect(stderr).toMatch(/^\[LOCKED\] h2 is locked by \w+@\S+ \(process \d+\) running \S*slow\.yml, since .* UTC/m);
  expect(stderr).toContain(`(process ${first.child.pid})`);
  expect(told(stdout, CHANGES)).toEqual([]);
  expect(await hasLink('h3', 'nw-quick')).toBe(false);
  // Looking needs no lock.
  await exits(2, overSsh(rig, ['plan', quick, ...LAB]));
  await exits(0, first.result);
  await tidy(slow);
});

test('with --lock-timeout the second waits, and holds no other host meanwhile', async () => {
  const first = begin(rig, ['run', slow, ...LAB]);
  await isBusy();
  const second = begin(rig, ['run', quick, ...LAB, '--lock-timeout', '20']);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(second.child.exitCode).toBeNull();
  const free = await rig.host('h3').exec(['flock', '--nonblock', '/run/netwright/lock', 'true']);
  expect(free.code).toBe(0);
  const { stdout } = await exits(0, second.result);
  expect(recapOf(stdout).h2).toMatchObject({ ok: 1, changed: 1 });
  await exits(0, first.result);
  await tidy(quick, slow);
});

test('a controller that is killed lets go at once of idle hosts, and of one at work when that is done', async () => {
  const first = begin(rig, ['run', slow, ...LAB]);
  await isBusy();
  await until(async () => !(await ended('h1', 'sleep 3')), 5000, 'the command at work');
  first.child.kill('SIGKILL');
  expect((await first.result).code).toBe(137);
  const { stdout } = await exits(0, overSsh(rig, ['run', quick, ...LAB]));
  expect(recapOf(stdout).h2).toMatchObject({ changed: 1 });
  await exits(7, overSsh(rig, ['run', slow, ...LAB]));
  const again = await exits(0, overSsh(rig, ['run', slow, ...LAB, '--lock-timeout', '10']));
  expect(told(again.stdout, CHANGES)).toEqual(['+ bridge  nw-late missing', '+ bridge  nw-late missing']);
  await tidy(quick, slow);
});

test.each([0, 60, 200])('a controller killed %i ms after it began leaves nothing half done for good', async (wait) => {
  const fleet = ['playbooks/fleet.yml', ...LAB, '--limit', 'h1,h2'];
  const first = begin(rig, ['run', ...fleet]);
  const isLocked = async (): Promise<boolean> =>
    (await rig.host('h1').exec(['test', '-e', '/run/netwright/holder'])).code === 0;
  await until(isLocked, 10_000, 'the lock');
  await new Promise((resolve) => setTimeout(resolve, wait));
  first.child.kill('SIGKILL');
  await first.result;
  const { stdout } = await exits(0, overSsh(rig, ['run', ...fleet, '--lock-timeout', '20']));
  expect(recapOf(stdout).h1).toMatchObject({ ok: 4, failed: 0 });
  await exits(0, overSsh(rig, ['destroy', ...fleet]));
  await Promise.all(rig.hosts.map((host) => host.sh('rm -rf /run/netwright')));
});

test('a run that is interrupted ends with 130, and lets go', async () => {
  const first = begin(rig, ['run', slow, ...LAB]);
  await isBusy();
  first.child.kill('SIGINT');
  expect((await first.result).code).toBe(130);
  await exits(0, overSsh(rig, ['run', quick, ...LAB, '--lock-timeout', '10']));
  await tidy(quick, slow);
});
