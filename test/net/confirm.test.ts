import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { begin, exits, expectSame, overSsh, snapshots } from './netwright.ts';
import { startRig, until, type Result, type Rig, type RigHost } from './rig.ts';

// Every test has a host of its own, so that they wait side by side. Not among them, because it takes a minute:
// NETWRIGHT_SLOW=1 proves that a cut that nobody expected is taken back after the default time.
const CONTROLLER = '10.60.0.254';
const SECONDS = 8;
/** Seconds that a busy machine may be late by; far less than the default time. */
const LATE = 20;
const CONFIRM = ['--confirm', String(SECONDS)];

let rig: Rig;
let clean: string[];

const GOOD = `
    - bridge: { name: nw-good, address: 10.81.0.1/24, ip_masq: true }
    - container: { name: one, networks: [{ bridge: nw-good }] }`;
const CUT = `${GOOD}
    - route: { to: ${CONTROLLER}/32, type: blackhole }`;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function playbook(name: string, tasks: string): string {
  const path = join(rig.directory, `${name}.yml`);
  writeFileSync(path, `- hosts: all\n  lab: confirmed\n  tasks:${tasks}\n`);
  return path;
}

const argv = (command: string, host: RigHost, path: string, ...more: string[]): string[] => [
  command,
  ...(path === '' ? [] : [path]),
  ...['-i', `${host.name},`, '--timeout', '4'],
  ...more,
];

const netwright = (...words: Parameters<typeof argv>): Promise<Result> => overSsh(rig, argv(...words));

const succeeds = async (host: RigHost, line: string): Promise<boolean> =>
  (await host.exec(['sh', '-c', line])).code === 0;
const isArmed = (host: RigHost): Promise<boolean> => succeeds(host, '[ -s "$(echo /run/netwright/txn/*/timer)" ]');
const isCut = (host: RigHost): Promise<boolean> =>
  succeeds(host, `ip route show type blackhole | grep -q ${CONTROLLER}`);
const isBuilt = (host: RigHost): Promise<boolean> =>
  succeeds(host, 'ip link show nw-good && ip netns exec confirmed-one true');
const isIdle = async (host: RigHost): Promise<boolean> => !(await succeeds(host, 'pgrep -f [u]ndo.sh'));

const isClean = async (host: RigHost): Promise<void> => {
  await expectSame([host], [clean[host.number - 1]!]);
};

/** How long it took, in seconds, until the host had taken everything back. */
async function backAfter(host: RigHost, begun: number, seconds = SECONDS): Promise<number> {
  const undone = (): Promise<boolean> => succeeds(host, 'ls /run/netwright/txn/*/undo.log');
  await until(undone, (seconds + LATE) * 1000, `${host.name} takes everything back`);
  return (performance.now() - begun) / 1000;
}

beforeAll(async () => {
  rig = await startRig(14, { hosts: { h8: { users: [{ name: 'bob', sudo: 'nopasswd' }] } } });
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe.concurrent('a run that must be confirmed', () => {
  test('keeps a good change, and nothing takes it back later', async () => {
    const host = rig.host('h1');
    const path = playbook('good', GOOD);
    await exits(0, netwright('run', host, path, ...CONFIRM));
    expect(await succeeds(host, 'grep -q confirmed /run/netwright/txn/*/outcome')).toBe(true);
    expect(await isIdle(host)).toBe(true);
    await pause((SECONDS + 1) * 1000);
    expect(await isBuilt(host)).toBe(true);
    await exits(0, netwright('status', host, path));
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });

  test('is taken back within its time when it cut us off, and says why', async () => {
    const host = rig.host('h2');
    const running = netwright('run', host, playbook('cut', CUT), ...CONFIRM);
    await until(() => isCut(host), 60_000, 'the way cut');
    const begun = performance.now();
    expect(await backAfter(host, begun)).toBeLessThan(SECONDS + LATE);
    const { stdout } = await exits(6, running);
    expect(stdout).toMatch(/\[REVERTED\] h2: everything was taken back: no new connection could be made/);
    expect(stdout).toMatch(/^RECAP h2 .* reverted 1/m);
    await isClean(host);
    expect(await isIdle(host)).toBe(true);
  });

  test('is taken back when the cut comes late, on a connection that was new before it', async () => {
    const host = rig.host('h3');
    const slow = Array.from({ length: 12 }, (_, n) => `\n    - container: { name: c${n}, command: [sleep, "99"] }`);
    const { stdout } = await exits(6, netwright('run', host, playbook('late', slow.join('') + CUT), ...CONFIRM));
    expect(stdout).toMatch(/\[REVERTED\] h3: everything was taken back/);
    await isClean(host);
  });

  test('is taken back when the controller is killed right after arming', async () => {
    const host = rig.host('h4');
    const { child, result } = begin(rig, argv('run', host, playbook('killed', GOOD), ...CONFIRM));
    await until(() => isArmed(host), 60_000, 'the undo armed');
    const begun = performance.now();
    child.kill('SIGKILL');
    await result;
    await until(() => isBuilt(host), 5000, 'the change made all the same');
    // Nobody else may work on it meanwhile.
    const { stderr } = await exits(7, netwright('run', host, playbook('killed', GOOD)));
    expect(stderr).toContain('[CONFIRM_PENDING]');
    expect(await backAfter(host, begun)).toBeLessThan(SECONDS + LATE);
    await isClean(host);
    await exits(0, netwright('run', host, playbook('killed', GOOD)));
    await exits(0, netwright('destroy', host, playbook('killed', GOOD)));
    await isClean(host);
  });

  test('goes on over a new connection when the old one is killed', async () => {
    const host = rig.host('h5');
    const path = playbook('torn', GOOD);
    const running = netwright('run', host, path, ...CONFIRM);
    await until(() => isArmed(host), 60_000, 'the undo armed');
    await host.cutSessions();
    await exits(0, running);
    expect(await succeeds(host, 'grep -q confirmed /run/netwright/txn/*/outcome')).toBe(true);
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });

  test('is taken back when the ssh server dies with its sessions', async () => {
    const host = rig.host('h6');
    const running = netwright('run', host, playbook('dead', GOOD), ...CONFIRM);
    await until(() => isArmed(host), 60_000, 'the undo armed');
    const begun = performance.now();
    await host.cutSessions();
    await host.setSsh('refused');
    expect(await backAfter(host, begun)).toBeLessThan(SECONDS + LATE);
    await host.setSsh('up');
    await exits(6, running);
    await isClean(host);
  });

  test('is taken back at once when a step fails', async () => {
    const host = rig.host('h7');
    const path = playbook('fails', `${GOOD}\n    - sysctl: { name: net.ipv4.ip_default_ttl, value: 100000 }`);
    const begun = performance.now();
    const { stdout } = await exits(6, netwright('run', host, path, '--confirm', '60'));
    expect((performance.now() - begun) / 1000).toBeLessThan(20);
    expect(stdout).toMatch(/\[REVERTED\] h7: everything was taken back: .*error/);
    await isClean(host);
    expect(await isIdle(host)).toBe(true);
  });

  test('is taken back at once when what the host says then cannot be read', async () => {
    const host = rig.host('h14');
    // As long as the change is there.
    const shim = '[ ! -e /var/lib/netwright/confirmed.json ] || echo nonsense; exec /usr/sbin/ip "$@"';
    await host.sh(`printf '%s\\n' '#!/bin/sh' '${shim}' >/usr/local/sbin/ip; chmod +x /usr/local/sbin/ip`);
    const { stdout } = await exits(6, netwright('run', host, playbook('unread', GOOD), '--confirm', '60'));
    expect(stdout).toMatch(/\[REVERTED\] h14: everything was taken back: h14: cannot read what the host says/);
    await isClean(host);
    expect(await isIdle(host)).toBe(true);
  });

  test('is recognised without being asked for, for a user who becomes root too', async () => {
    for (const more of [[], ['-e', 'ansible_user=bob', '--become']]) {
      const host = rig.host('h8');
      const { child, result } = begin(rig, argv('run', host, playbook('unasked', CUT), ...more));
      await until(() => isArmed(host), 60_000, 'the undo armed');
      await until(() => isCut(host), 30_000, 'the way cut');
      child.kill('SIGKILL');
      await result;
      // Not to wait a minute: what the timer would do.
      await host.sh(
        'cd /run/netwright/txn/*/ && setsid sh undo.sh "the test"; kill -- "-$(cat timer)"; rm -r /run/netwright/txn',
      );
      await isClean(host);
    }
  });

  test('is not what a play needs that keeps away from our connection', async () => {
    const host = rig.host('h9');
    const path = playbook('harmless', GOOD);
    await exits(0, netwright('run', host, path));
    expect(await succeeds(host, 'ls /run/netwright/txn')).toBe(false);
    // A removal has no way back, and is refused before anything is touched.
    await new Kernel(host).settled();
    const before = await host.snapshot();
    const { stderr } = await exits(
      4,
      netwright('run', host, playbook('harmless', '\n    - bridge: { name: nw-good }'), ...CONFIRM),
    );
    expect(stderr).toMatch(/\[IRREVERSIBLE\] .*prune container one/);
    await expectSame([host], [before]);
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });

  test.each([
    ['confirm', 'h11', [], 'confirmed'],
    ['revert', 'h12', [], 'reverted asked for by hand'],
  ])('is decided by hand with %s', async (command, name, more, outcome) => {
    const host = rig.host(name);
    const path = playbook(command, GOOD);
    // Far more than it takes: nothing but the command by hand may decide it.
    const { child, result } = begin(rig, argv('run', host, path, '--confirm', '300'));
    await until(() => isArmed(host), 60_000, 'the undo armed');
    child.kill('SIGKILL');
    await result;
    await until(() => isBuilt(host), 30_000, 'the change made');
    const { stdout } = await exits(0, netwright(command, host, '', ...more));
    expect(stdout).toContain(outcome);
    expect(await isIdle(host)).toBe(true);
    expect(await isBuilt(host)).toBe(command === 'confirm');
    const again = await exits(0, netwright(command, host, '', ...more));
    expect(again.stdout).not.toContain(outcome);
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });

  test('has more time when it is extended by hand', async () => {
    const host = rig.host('h10');
    const path = playbook('extend', GOOD);
    // So much that a busy machine extends it in time, and so little that it is seen to be extended.
    const { child, result } = begin(rig, argv('run', host, path, '--confirm', '20'));
    await until(() => isArmed(host), 60_000, 'the undo armed');
    child.kill('SIGKILL');
    await result;
    const begun = performance.now();
    await exits(0, netwright('extend', host, '', '--seconds', '30'));
    await until(() => isBuilt(host), 15_000, 'the change made');
    const took = await backAfter(host, begun, 30);
    expect(took).toBeGreaterThan(30);
    await isClean(host);
  });

  test.runIf(process.env.NETWRIGHT_SLOW === '1')('is taken back after a minute when nobody asked for it', async () => {
    const host = rig.host('h13');
    const { stdout } = await exits(6, netwright('run', host, playbook('minute', CUT)));
    expect(stdout).toMatch(/\[REVERTED\] h13: everything was taken back/);
    await isClean(host);
  });
});
