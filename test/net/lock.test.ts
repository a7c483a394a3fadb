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

const isBusy = (): Promise<void> => until(() => hasLink('h1', 'nw-slow'), 60_000, 'the first run at work');

/** Lets the first run come to its end. */
const go = (): Promise<string> => rig.host('h1').sh('touch /run/go');

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
    - shell: touch /run/waits; until [ -e /run/go ]; do sleep 0.1; done
      when: inventory_hostname == 'h1'
    - bridge: { name: nw-late }
`,
  );
  writeFileSync(quick, '- hosts: h2,h3\n  lab: quick\n  tasks: [{ bridge: { name: nw-quick } }]\n');
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());
afterEach(async ({ task }) => {
  await go();
  // Whatever a failed test has left is not the next one's business.
  if (task.result?.state === 'fail') {
    for (const lab of ['slow', 'quick', 'crowd', 'fleet'])
      await overSsh(rig, ['destroy', '--lab', lab, ...LAB, '--limit', 'h1,h2,h3', '--lock-timeout', '30']);
  }
  await rig.host('h1').sh('rm -f /run/go /run/waits');
  await expectSame(rig.hosts, clean);
});

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
  // Who has waited long enough hears the same.
  const late = await exits(7, overSsh(rig, ['run', quick, ...LAB, '--lock-timeout', '1']));
  expect(late.stderr).toMatch(/^\[LOCKED\] h2 is locked by .*, since .* UTC/m);
  // Looking needs no lock.
  await exits(2, overSsh(rig, ['plan', quick, ...LAB]));
  await go();
  await exits(0, first.result);
  await tidy(slow);
});

test('with --lock-timeout the second waits, and holds no other host meanwhile', async () => {
  const first = begin(rig, ['run', slow, ...LAB]);
  await isBusy();
  const second = begin(rig, ['run', quick, ...LAB, '--lock-timeout', '60']);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(second.child.exitCode).toBeNull();
  // At this very moment it may be trying once more.
  const free = await rig.host('h3').exec(['flock', '--timeout', '3', '/run/netwright/lock', 'true']);
  expect(free.code).toBe(0);
  await go();
  const { stdout } = await exits(0, second.result);
  expect(recapOf(stdout).h2).toMatchObject({ ok: 1, changed: 1 });
  await exits(0, first.result);
  await tidy(quick, slow);
});

test('a controller that is killed lets go at once of idle hosts, and of one at work when that is done', async () => {
  const first = begin(rig, ['run', slow, ...LAB]);
  await isBusy();
  const works = async (): Promise<boolean> => (await rig.host('h1').exec(['test', '-e', '/run/waits'])).code === 0;
  await until(works, 60_000, 'the command at work');
  first.child.kill('SIGKILL');
  expect((await first.result).code).toBe(137);
  const { stdout } = await exits(0, overSsh(rig, ['run', quick, ...LAB]));
  expect(recapOf(stdout).h2).toMatchObject({ changed: 1 });
  await exits(7, overSsh(rig, ['run', slow, ...LAB]));
  await go();
  const again = await exits(0, overSsh(rig, ['run', slow, ...LAB, '--lock-timeout', '30']));
  expect(told(again.stdout, CHANGES)).toEqual([
    '+ bridge nw-late  nw-late missing',
    '+ bridge nw-late  nw-late missing',
  ]);
  await tidy(quick, slow);
});

test('runs that want the same hosts in any order all come to their end, and never mix', async () => {
  const crowd = join(rig.directory, 'crowd.yml');
  writeFileSync(
    crowd,
    `- hosts: "{{ first }}"
  lab: crowd
  tasks: [{ bridge: { name: "nw-crowd-{{ side }}" } }]
- hosts: "{{ second }}"
  lab: crowd
  tasks: [{ bridge: { name: "nw-crowd-{{ side }}" } }]
`,
  );
  const sides = ['a', 'b', 'c', 'd', 'e', 'f'];
  const runs = sides.map((side, index) => {
    const [first, second] = index % 2 === 0 ? ['h1', 'h2'] : ['h2', 'h1'];
    const vars = JSON.stringify({ first, second, side });
    return exits(0, overSsh(rig, ['run', crowd, ...LAB, '-e', vars, '--lock-timeout', '100']));
  });
  await Promise.all(runs);
  const seen = await Promise.all(
    ['h1', 'h2'].map(async (name) =>
      [...(await new Kernel(rig.host(name)).links()).keys()].filter((link) => link.startsWith('nw-')),
    ),
  );
  expect(seen[0]).toHaveLength(1);
  expect(seen[1]).toEqual(seen[0]);
  await exits(0, overSsh(rig, ['destroy', '--lab', 'crowd', ...LAB, '--limit', 'h1,h2']));
});

test.each([0, 60, 200])('a controller killed %i ms after it began leaves nothing half done for good', async (wait) => {
  const fleet = ['playbooks/fleet.yml', ...LAB, '--limit', 'h1,h2'];
  const first = begin(rig, ['run', ...fleet]);
  const isLocked = async (): Promise<boolean> =>
    (await rig.host('h1').exec(['test', '-e', '/run/netwright/holder'])).code === 0;
  await until(isLocked, 60_000, 'the lock');
  await new Promise((resolve) => setTimeout(resolve, wait));
  first.child.kill('SIGKILL');
  await first.result;
  const { stdout } = await exits(0, overSsh(rig, ['run', ...fleet, '--lock-timeout', '60']));
  expect(recapOf(stdout).h1).toMatchObject({ ok: 4, failed: 0 });
  await exits(0, overSsh(rig, ['destroy', ...fleet]));
  await Promise.all(rig.hosts.map((host) => host.sh('rm -rf /run/netwright')));
});

test('a host that stands in the inventory under two names is told so', async () => {
  const twice = join(rig.directory, 'twice.ini');
  writeFileSync(twice, 'h2\nh3 ansible_host=h2\n');
  const { stderr } = await exits(4, overSsh(rig, ['run', quick, '-i', twice]));
  expect(stderr).toMatch(/^\[SAME_MACHINE\] h[23] is the machine that another host of this run is/m);
});
