import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exits, onHost, writeOn } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// A run is killed at every line of ip that changes something: before it, or after it and unacknowledged; the
// controller dies, or everything of ours on the host, or there only the script that is at work. Then either the same run again makes it whole, or destroy leaves
// the host as it was. Decoys with names like ours stay as they are.
const SHIM = readFileSync(join(import.meta.dirname, 'kill', 'shim.sh'), 'utf8');
// NETWRIGHT_TORTURE=1 takes every point; the ordinary test takes every twelfth, another one for each way to die.
const STRIDE = process.env.NETWRIGHT_TORTURE === undefined ? 12 : 1;

const LAB = `
- hosts: localhost
  lab: kill
  tasks:
    - bridge: { name: nw0, address: 172.30.0.1/16, fixed_cidr_v6: '2001:db8:1::/64', ip_masq: true }
    - container: { name: '{{ item }}', networks: [{ bridge: nw0 }] }
      loop: [web, db]
    - link:
        endpoints:
          - { container: web, interface: p0, address: 10.1.1.1/32 }
          - { container: db, interface: p0, address: 10.1.1.2/32 }
    - route: { container: web, to: 10.2.0.0/16, via: 10.1.1.2 }
    - route: { to: 10.3.0.0/16, via: 172.30.0.2 }
`;
/** The same with other values everywhere, one container gone, and another there. */
const CHANGED = LAB.replace('172.30.0.1/16', '172.30.0.9/16')
  .replace('ip_masq: true', 'ip_masq: false, mtu: 1400')
  .replace("fixed_cidr_v6: '2001:db8:1::/64'", "fixed_cidr_v6: '2001:db8:2::/64'")
  .replace('[web, db]', '[web, db, app]')
  .replace('10.1.1.2/32', '10.1.1.3/32')
  .replace('via: 10.1.1.2 }', 'via: 10.1.1.3 }')
  .replace('10.3.0.0/16', '10.4.0.0/16');

const DECOYS = `
ip link add nw00 address 02:00:00:00:00:01 type bridge
ip link add nw address 02:00:00:00:00:02 type veth peer name nw1 address 02:00:00:00:00:03
ip netns add kill-webs
ip route add blackhole 10.3.0.0/24; nft add table ip netwright-kills`;

const WAYS = ['before', 'after'].flatMap((mode) =>
  ['controller', 'runner', 'script'].map((victim) => ({ mode, victim })),
);

let rig: Rig;
let clean: string;
let total = 0;

beforeAll(async () => {
  rig = await startRig(2);
  await Promise.all(
    rig.hosts.map(async (host) => {
      await writeOn(host, '/usr/local/sbin/ip', SHIM);
      await host.sh(`chmod +x /usr/local/sbin/ip; mkdir -p /run/kill; ${DECOYS}`);
      await writeOn(host, '/tmp/kill.yml', LAB);
    }),
  );
  clean = await stateOf(rig.hosts[0]!);
}, 60_000);
afterAll(async () => {
  console.log(`${total} kill points`);
  await rig.stop();
});

/** The host's state; what differs between two hosts, or two runs, by chance is left out. */
async function stateOf(host: RigHost): Promise<string> {
  const text = await host.snapshot();
  return (
    text
      .replaceAll(host.address, 'ADDRESS')
      // What the kernel makes of its own accord, in its own time: link-local addresses, and numbers of nft's things.
      .replaceAll(/fe80::[0-9a-f:]+/g, 'fe80::X')
      .replaceAll(/"handle":\d+,|"tentative":true,?|"dadfailed":true,?/g, '')
      .split('\n')
      // By the notify parameters a new attachment announces itself; one that is there already has done so, or need not.
      .filter(
        (line) =>
          !/[pc]_notify = |eth0|fd60|"dst":"fe80::X?"|kill\.json|"nw"|"nw1"|conf\.nw1?\.|^[0-9a-f]{64} /.test(line),
      )
      .join('\n')
  );
}

/** The same when the kernel has come to rest: carriers come, and namespaces go, a moment after the command. */
async function restingState(host: RigHost): Promise<string> {
  for (let before = await stateOf(host), tries = 0; ; tries++) {
    await setTimeout(300);
    const now = await stateOf(host);
    if ((now === before && !/linkdown|NO-CARRIER/.test(now)) || tries === 30) return now;
    before = now;
  }
}

/** Whether the host comes to be so, within a few seconds. */
async function expectState(host: RigHost, wanted: string, label: string): Promise<void> {
  if ((await stateOf(host)) === wanted) return;
  expect(await restingState(host), label).toBe(wanted);
}

const run = (host: RigHost) => onHost(host, ['run', '/tmp/kill.yml', '--lock-timeout', '30']);

/** How many lines of ip the run of this text takes, from where the host is. */
async function lines(host: RigHost, text: string): Promise<number> {
  await writeOn(host, '/tmp/kill.yml', text);
  await writeOn(host, '/run/kill/at', '100000 before runner\n');
  await writeOn(host, '/run/kill/seen', '0\n');
  await exits(0, run(host));
  return Number(await host.sh('cat /run/kill/seen; rm -f /run/kill/at'));
}

/** Kills one run at one line; true if it came so far. */
async function kill(host: RigHost, at: number, mode: string, victim: string): Promise<boolean> {
  await writeOn(host, '/run/kill/at', `${at} ${mode} ${victim}\n`);
  await writeOn(host, '/run/kill/seen', '0\n');
  const { code } = await run(host);
  const left = await host.sh('[ -e /run/kill/at ] && echo alive; rm -f /run/kill/at');
  expect(code, `killed at ${at}`).not.toBe(0);
  total += 1;
  return left === '';
}

const destroy = async (host: RigHost): Promise<void> => {
  await exits(0, onHost(host, ['destroy', '/tmp/kill.yml', '--lock-timeout', '30']));
  await expectState(host, clean, 'destroyed');
};

test('killed while it is built, one more run makes it whole, or destroy removes it', { timeout: 400_000 }, async () => {
  const [first] = rig.hosts;
  const count = await lines(first!, LAB);
  const whole = await restingState(first!);
  await destroy(first!);
  expect(count).toBeGreaterThan(20);
  await Promise.all(
    rig.hosts.map(async (host, index) => {
      for (const [way, { mode, victim }] of WAYS.entries()) {
        if (way % rig.hosts.length !== index) continue;
        for (let at = 1 + (way % STRIDE); at <= count; at += STRIDE) {
          expect(await kill(host, at, mode, victim), `${mode} ${at}`).toBe(true);
          if (at % 2 === 0) {
            await exits(0, run(host));
            await expectState(host, whole, `${victim} killed ${mode} ${at}`);
          }
          await destroy(host);
        }
      }
    }),
  );
});

test('killed while it is changed, one more run makes it whole', { timeout: 400_000 }, async () => {
  const [first] = rig.hosts;
  await lines(first!, LAB);
  const count = await lines(first!, CHANGED);
  const whole = await restingState(first!);
  await writeOn(first!, '/tmp/kill.yml', LAB);
  await destroy(first!);
  await Promise.all(
    rig.hosts.map(async (host, index) => {
      for (const [way, { mode, victim }] of WAYS.entries()) {
        if (way % rig.hosts.length !== index) continue;
        for (let at = 1 + 3 * way; at <= count; at += 2 * STRIDE) {
          await writeOn(host, '/tmp/kill.yml', LAB);
          await exits(0, run(host));
          await writeOn(host, '/tmp/kill.yml', CHANGED);
          expect(await kill(host, at, mode, victim), `${mode} ${at}`).toBe(true);
          await exits(0, run(host));
          await expectState(host, whole, `${victim} killed ${mode} ${at}`);
          await destroy(host);
        }
      }
    }),
  );
});
