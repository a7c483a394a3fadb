import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Kernel } from './kernel.ts';
import { links, lone, succeeds } from './lone.ts';
import { begin, exits, expectSame, snapshots } from './netwright.ts';
import { startRig, until, type Rig, type RigHost } from './rig.ts';

// Waiting is most of what they do, each on a host of its own.
vi.setConfig({ maxConcurrency: 10 });

/** Slow, or without an end, when it is told to be. */
const SHIM = `cat >/usr/local/sbin/ip <<'SHIM'
#!/bin/sh
[ ! -e /run/slow ] || sleep $(cat /run/slow)
[ ! -e /run/hang ] || exec sleep 86400
exec /usr/sbin/ip "$@"
SHIM
chmod +x /usr/local/sbin/ip`;

const COUNT = 6;
const LAB = Array.from(
  { length: COUNT },
  (_, n) => `
    - bridge: { name: nw-${n}, address: 10.70.${n}.1/24 }
    - container: { name: c${n}, networks: [{ bridge: nw-${n} }] }`,
).join('');
/** The same, after the host has become slow. */
const SLOWLY = `\n    - shell: '[ -e /run/spared ] || echo 0.7 >/run/slow'${LAB}`;
const ALL = Array.from({ length: COUNT }, (_, n) => `nw-${n}`);

let rig: Rig;
let clean: string[];

const { argv, netwright, playbook } = lone('cut', () => rig);
const spare = (host: RigHost): Promise<string> => host.sh('touch /run/spared; rm -f /run/slow /run/hang');

/** Starts a run, and answers when it is in the middle of its changes. */
async function halfway(host: RigHost, path: string, ...more: string[]) {
  const running = begin(rig, argv('run', host, path, ...more));
  await until(async () => (await links(host)).length > 0, 60_000, `${host.name} at work`);
  return running;
}

/** One more run makes it whole, however far the first has come or still comes, and destroy leaves nothing. */
async function converges(host: RigHost, path: string): Promise<void> {
  await exits(0, netwright('run', host, path, '--lock-timeout', '90'));
  expect(await links(host)).toEqual(ALL);
  await exits(0, netwright('status', host, path));
  await exits(0, netwright('destroy', host, path));
  await expectSame([host], [clean[host.number - 1]!]);
}

beforeAll(async () => {
  rig = await startRig(8);
  await Promise.all(rig.hosts.map((host) => host.sh(SHIM)));
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe.concurrent(
  'a run whose connection is cut in the middle of its changes is unreachable, and the next one converges:',
  () => {
    const CUTS: readonly (readonly [string, string, (host: RigHost, pid: number) => Promise<unknown>])[] = [
      ['the ssh client is killed', 'h1', (_, pid) => rig.exec(['pkill', '-KILL', '-P', `${pid}`, '-x', 'ssh'])],
      ["the server's process is killed", 'h2', (host) => host.cutSessions()],
      [
        'its packets are lost, and nobody hears of it',
        'h3',
        async (host) => {
          const { stdout } = await rig.exec(['ss', '-tnH', 'dst', `${host.address}:22`]);
          const port = /:(\d+) +\S+:22\b/.exec(stdout)![1]!;
          const rule = (hook: string, side: string): string =>
            `add chain inet lost ${hook} { type filter hook ${hook} priority 0; }; add rule inet lost ${hook} tcp ${side} ${port} drop`;
          const { code } = await rig.exec([
            'nft',
            `add table inet lost; ${rule('output', 'sport')}; ${rule('input', 'dport')}`,
          ]);
          expect(code).toBe(0);
        },
      ],
    ];
    test.each(CUTS)('%s', async (_, name, cut) => {
      const host = rig.host(name);
      const path = playbook(host, SLOWLY);
      const { child, result } = await halfway(host, path);
      await cut(host, child.pid!);
      const { stdout } = await exits(5, result);
      expect(stdout).toMatch(
        new RegExp(`\\[SESSION_LOST\\] ${name}: the connection was lost in the middle of making changes`),
      );
      expect(stdout).toMatch(new RegExp(`^RECAP ${name} .*unreachable 1`, 'm'));
      await spare(host);
      await converges(host, path);
    });

    test('the host is rebooted', async () => {
      const host = rig.host('h4');
      const path = playbook(host, SLOWLY);
      const { result } = await halfway(host, path);
      const { bootId } = host;
      await host.reboot();
      expect(host.bootId).not.toBe(bootId);
      expect(await links(host)).toEqual([]);
      await exits(5, result);
      await spare(host);
      await converges(host, path);
    });
  },
);

describe.concurrent('somebody else who', () => {
  test('takes something of ours away meanwhile finds it there again', async () => {
    const host = rig.host('h5');
    const path = playbook(host, SLOWLY.replace('0.7', '2'));
    const { result } = await halfway(host, path);
    // Its own batch is done by then, and much else is not.
    await until(() => succeeds(host, '[ "$(ls /sys/class/net/nw-0/brif)" ]'), 60_000, 'its container plugged in');
    await host.sh('sleep 0.5; /usr/sbin/ip link del nw-0');
    await spare(host);
    const { stdout } = await exits(0, result);
    expect(stdout).toMatch(/repaired a rest in 1 more round/);
    await converges(host, path);
  });

  test('makes something of a name of ours meanwhile keeps it, and the run fails by its name', async () => {
    const host = rig.host('h6');
    const path = playbook(host, SLOWLY.replace('0.7', '6'));
    const { result } = begin(rig, argv('run', host, path));
    // Everything is planned by then, and the first change is about to be made.
    await until(() => succeeds(host, '[ -e /var/lib/netwright/cut.json ]'), 60_000, 'the intent written');
    await host.sh('/usr/sbin/ip link add name nw-5 type bridge');
    const theirs = await new Kernel(host).link('nw-5');
    await spare(host);
    const { stdout } = await exits(3, result);
    expect(stdout).toMatch(/! bridge .*File exists/);
    const { stderr } = await exits(4, netwright('run', host, path));
    expect(stderr).toContain('[FOREIGN_OBJECT] nw-5 exists and is not ours');
    await exits(0, netwright('destroy', host, path));
    expect(await new Kernel(host).link('nw-5')).toEqual(theirs);
    await host.sh('ip link del nw-5');
    await converges(host, path);
  });
});

describe.concurrent('a host that hangs', () => {
  test('in a step has it ended at its deadline, with all it started', async () => {
    const host = rig.host('h7');
    const path = playbook(host, `\n    - shell: '[ -e /run/spared ] || touch /run/hang'${LAB}`);
    const begun = performance.now();
    const { stdout } = await exits(3, netwright('run', host, path, '--step-timeout', '6'));
    expect((performance.now() - begun) / 1000).toBeLessThan(40);
    expect(stdout).toContain('[DEADLINE] h7: a step did not end in time, and was ended');
    expect((await host.exec(['pgrep', '-f', 'sleep 86400'])).code).toBe(1);
    expect((await host.exec(['flock', '-n', '/run/netwright/lock', 'true'])).code).toBe(0);
    await spare(host);
    await converges(host, path);
  });

  test('while it is looked at is told, and nothing is touched', async () => {
    const host = rig.host('h8');
    const path = playbook(host, LAB);
    await host.sh('touch /run/hang');
    const { stdout, stderr } = await exits(3, netwright('run', host, path, '--step-timeout', '6'));
    expect(stdout + stderr).toContain('[CUT_SHORT] h8: the script was ended before it had told everything');
    await spare(host);
    expect(await links(host)).toEqual([]);
    await converges(host, path);
  });
});
