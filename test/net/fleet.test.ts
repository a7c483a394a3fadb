import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, eventsOf, exits, expectSame, overSsh, recapOf, snapshots, told } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

const FLEET = ['playbooks/fleet.yml', '-i', 'inventory/lab.yml'];
const NAMES = ['web', 'app', 'db', 'cache'];

let rig: Rig;
let clean: string[];

const netwright = (...argv: string[]) => overSsh(rig, argv);
const others = (...names: string[]): RigHost[] => rig.hosts.filter(({ name }) => !names.includes(name));
const isBuilt = async (host: RigHost): Promise<boolean> => (await new Kernel(host).links()).has('nw-fleet');

/** A playbook of the controller's, beside the rig's own files. */
function playbook(name: string, text: string): string {
  const path = join(rig.directory, name);
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  rig = await startRig(10, { hosts: { '*': { users: [{ name: 'bob', sudo: 'nopasswd' }] } } });
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe('ten hosts over ssh', () => {
  test('are built in three exchanges each', async () => {
    const { stdout } = await exits(0, netwright('run', ...FLEET));
    const recap = recapOf(stdout);
    expect(Object.keys(recap)).toEqual(rig.hosts.map(({ name }) => name));
    for (const counts of Object.values(recap)) {
      expect(counts).toEqual({ ok: 4, changed: 3, failed: 0, unreachable: 0, exchanges: 3 });
    }
  });

  test('have what the playbook says, each the same', async () => {
    await Promise.all(
      rig.hosts.map(async (host) => {
        const kernel = new Kernel(host);
        expect(await kernel.addresses('nw-fleet')).toEqual(['172.29.0.1/16', 'fe80::1/64']);
        expect(await kernel.parameter('net/ipv4/tcp_fin_timeout')).toBe('30');
        expect(await kernel.parameter('net/ipv4/conf/default/rp_filter')).toBe('2');
        for (const [index, name] of NAMES.entries()) {
          const inside = kernel.in(`fleet-${name}`);
          const last = index + 1;
          expect(await inside.addresses('eth0')).toEqual([`172.29.5.${last}/16`, `2001:db8:29::242:ac1d:50${last}/64`]);
          expect(await inside.routes(4)).toEqual(['default via 172.29.0.1 dev eth0']);
          expect(await inside.routes(6)).toEqual(['default via fe80::1 dev eth0']);
        }
        // Through the host and out by masquerade: to the controller, which knows nothing of 172.29.0.0/16.
        expect(await kernel.in('fleet-db').pings('10.60.0.254')).toBe(true);
      }),
    );
  });

  test('have nothing to do the second time, in two exchanges, and every event is a line of JSON', async () => {
    const { stdout } = await exits(0, netwright('run', ...FLEET, '--json'));
    const events = eventsOf(stdout);
    expect(events[0]).toMatchObject({ type: 'start' });
    const recap = events.at(-1)!;
    expect(recap).toMatchObject({ type: 'recap', exit: 0 });
    expect(Object.keys(recap.hosts!)).toHaveLength(10);
    for (const counts of Object.values(recap.hosts!)) {
      expect(counts).toMatchObject({ ok: 4, changed: 0, failed: 0, exchanges: 2 });
    }
    const tasks = events.filter(({ type }) => type === 'task');
    expect(tasks).toHaveLength(10 * (1 + 4 + 2 + 1));
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['ok']));
    await exits(0, netwright('status', ...FLEET));
  });

  test('are limited to those that --limit names', async () => {
    await exits(0, netwright('destroy', ...FLEET, '--limit', 'edge:!h2'));
    expect(await Promise.all(rig.hosts.map(isBuilt))).toEqual(rig.hosts.map(({ name }) => name !== 'h1'));
    await expectSame([rig.host('h1')], clean);
  });

  test('are as they were after destroy, two at a time', async () => {
    await exits(0, netwright('destroy', ...FLEET, '--forks', '2'));
    await expectSame(rig.hosts, clean);
  });
});

describe('one host that', () => {
  test('has a foreign object lets the whole run be refused before anything is touched', async () => {
    await rig.host('h6').sh('ip link add nw-fleet type bridge');
    const before = await snapshots(rig.hosts);
    const { stdout, stderr } = await exits(4, netwright('run', ...FLEET));
    expect(stderr).toMatch(/\[FOREIGN_OBJECT\] h6: nw-fleet exists and is not ours/);
    expect(told(stdout, CHANGES)).toEqual([]);
    await expectSame(rig.hosts, before);
    await rig.host('h6').sh('ip link del nw-fleet');
  });

  test('is down, silent or refusing costs only itself, in bounded time', async () => {
    const modes = { h3: 'dropped', h5: 'silent', h7: 'refused' } as const;
    await Promise.all(Object.entries(modes).map(([name, mode]) => rig.host(name).setSsh(mode)));
    const begun = performance.now();
    const { stdout } = await exits(5, netwright('run', ...FLEET, '--timeout', '4'));
    expect((performance.now() - begun) / 1000).toBeLessThan(30);
    const recap = recapOf(stdout);
    for (const { name } of rig.hosts) {
      expect(recap[name], name).toMatchObject(
        name in modes ? { ok: 0, changed: 0, unreachable: 1 } : { ok: 4, changed: 3, unreachable: 0 },
      );
    }
    expect(await Promise.all(others(...Object.keys(modes)).map(isBuilt))).not.toContain(false);
    await Promise.all(Object.keys(modes).map((name) => rig.host(name).setSsh('up')));
    // The others have nothing to do, and nothing of the three was half done.
    const second = await exits(0, netwright('run', ...FLEET));
    const changed = Object.entries(recapOf(second.stdout)).filter(([, counts]) => counts.changed > 0);
    expect(changed.map(([name]) => name)).toEqual(Object.keys(modes));
  });

  test('cannot be reached ends the run where any error is fatal or it is a whole batch, in the first play that has it', async () => {
    await rig.host('h3').setSsh('refused');
    const play = (hosts: string, more: string): string =>
      `- { hosts: ${hosts}, gather_facts: false, ${more}tasks: [{ name: Begun, command: id }] }\n`;
    const file = playbook('fatal.yml', play('h2:h3', 'any_errors_fatal: true, '));
    const { stdout } = await exits(5, netwright('run', file, '-i', FLEET.at(-1)!));
    expect(stdout).toContain('nothing more is done on other hosts either (any_errors_fatal), as h3 failed\n');
    expect(recapOf(stdout).h2).toMatchObject({ ok: 0, failed: 0 });
    playbook('fatal.yml', play('h2:h3', '') + play('h2:h3', 'any_errors_fatal: true, '));
    expect(recapOf((await exits(5, netwright('run', file, '-i', FLEET.at(-1)!))).stdout).h2).toMatchObject({ ok: 2 });
    const batches = `- { hosts: "h3:h4", serial: 1, gather_facts: false, tasks: [{ name: Begun, command: id }] }\n`;
    playbook('fatal.yml', batches);
    const { stdout: told } = await exits(5, netwright('run', file, '-i', FLEET.at(-1)!));
    expect(told).toContain('nothing more is done on other hosts either (all hosts of a batch), as h3 failed\n');
    expect(recapOf(told).h4).toMatchObject({ ok: 0 });
    await rig.host('h3').setSsh('up');
  });

  test('is lost in the middle is unreachable, and the others finish', async () => {
    await exits(0, netwright('destroy', ...FLEET));
    const path = playbook(
      'lost.yml',
      `- hosts: all
  lab: lost
  tasks:
    - bridge: { name: nw-one }
    - command: sleep 2
    - bridge: { name: nw-two }
`,
    );
    const running = netwright('run', path, '-i', 'inventory/lab.yml');
    const kernel = new Kernel(rig.host('h9'));
    while (!(await kernel.links()).has('nw-one')) await new Promise((resolve) => setTimeout(resolve, 50));
    await rig.host('h9').cutSessions();
    const { stdout } = await exits(5, running);
    expect(recapOf(stdout).h9).toMatchObject({ unreachable: 1 });
    expect(await kernel.links()).not.toContain('nw-two');
    for (const host of others('h9')) expect((await new Kernel(host).links()).has('nw-two'), host.name).toBe(true);
    await exits(0, netwright('destroy', path, '-i', 'inventory/lab.yml'));
    await expectSame(rig.hosts, clean);
  });

  test('fails in the middle ends there, and the others finish', async () => {
    const path = playbook(
      'fails.yml',
      `- hosts: all
  lab: fails
  tasks:
    - bridge: { name: nw-one }
    - name: Only there
      command: /bin/false
      when: inventory_hostname == 'h4'
    - bridge: { name: nw-two }
`,
    );
    const { stdout } = await exits(3, netwright('run', path, '-i', 'inventory/lab.yml'));
    expect(told(stdout, '!')).toEqual(['! Only there  exit code 1']);
    expect(recapOf(stdout).h4).toMatchObject({ failed: 1, ok: 1, changed: 1 });
    expect(recapOf(stdout).h5).toMatchObject({ failed: 0, ok: 2, changed: 2 });
    for (const host of rig.hosts) {
      const links = await new Kernel(host).links();
      expect([links.has('nw-one'), links.has('nw-two')], host.name).toEqual([true, host.name !== 'h4']);
    }
    await exits(0, netwright('destroy', path, '-i', 'inventory/lab.yml'));
    await expectSame(rig.hosts, clean);
  });
});

test('a user who becomes root does everything that root does', async () => {
  const inventory = playbook(
    'become.yml',
    `all:
  vars: { ansible_user: bob, ansible_become: true }
  hosts:
    h1: { ansible_host: 10.60.0.1 }
    h2: { ansible_host: 10.60.0.2 }
`,
  );
  const { stdout } = await exits(0, netwright('run', 'playbooks/fleet.yml', '-i', inventory));
  expect(recapOf(stdout).h2).toMatchObject({ ok: 4, changed: 3, exchanges: 3 });
  await exits(0, netwright('destroy', 'playbooks/fleet.yml', '-i', inventory));
  await expectSame(rig.hosts, clean);
  // Without it nothing is half done, and nobody is told that something is missing which only root can see.
  for (const command of ['run', 'plan']) {
    const { stdout, stderr } = await exits(4, netwright(command, ...FLEET, '-e', 'ansible_user=bob'));
    expect(stderr.match(/\[NOT_ROOT\]/g)).toHaveLength(10);
    expect(told(stdout, CHANGES)).toEqual([]);
  }
  await expectSame(rig.hosts, clean);
});
