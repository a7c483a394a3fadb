import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventsOf, exits, expectSame, overSsh, snapshots } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// Waiting is most of what they do.
vi.setConfig({ maxConcurrency: 10 });

// Every way to cut our own connection has a host of its own, so that they wait side by side.
const CONTROLLER = '10.60.0.254';
/** Of the controller too, and reached by the hosts' default route only. */
const BEYOND = '10.99.0.1';
const SECONDS = 12;
/** What the promise leaves for the undo itself. */
const ALLOWED = 2;

const TO_SSH = '{ protocol: tcp, port: 22';

interface Way {
  readonly name: string;
  readonly tasks: (host: RigHost) => string;
  /** By way of the default route. */
  readonly beyond?: true;
  /** What the host is like before. */
  readonly before?: string;
}

const CUTS: readonly Way[] = [
  { name: 'what comes to our ssh server is dropped', tasks: () => `firewall: { input: [${TO_SSH}, action: drop }] }` },
  {
    name: 'nobody new comes to our ssh server, and who is there stays',
    tasks: () => `firewall: { input: [${TO_SSH}, state: [new], action: drop }] }`,
    // So that our connection is a known one by then: whom the kernel begins to follow in the middle is new to it.
    before:
      "nft 'add table ip follow; add chain ip follow in { type filter hook input priority 0; }; add rule ip follow in ct state established accept'",
  },
  { name: 'what it answers is rejected', tasks: () => 'firewall: { output: [{ out: eth0, action: reject }] }' },
  {
    name: 'the interface is a port of a bridge',
    tasks: () => 'bridge: { name: nw-x, ports: [eth0] }',
    // As systemd has it everywhere; without it the kernel takes what comes by the bridge for the address of its port.
    before: 'echo 2 >/proc/sys/net/ipv4/conf/all/rp_filter',
  },
  {
    name: 'the interface has moved into a container, and its address is gone',
    tasks: () => 'container: { name: thief, networks: [{ physical: eth0, address: none }] }',
    // The kernel gives an interface that moves its default parameters (where there is udev, that sees to the rest), and
    // lists its link-local routes after those of others.
    before: 'echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_dad; ip link del eth1',
  },
  {
    name: 'the interface sends nothing any more, as if it were down',
    // No packet is as short as its burst.
    tasks: () => 'impair: { interface: eth0, rate: 1kbit, burst: 1b, latency: 1ms }',
  },
  { name: 'the route to us is a black hole', tasks: () => `route: { to: ${CONTROLLER}/32, type: blackhole }` },
  {
    name: 'the route to us has a gateway that is nobody',
    tasks: () => `route: { to: ${CONTROLLER}/32, via: 10.60.0.77, dev: eth0 }`,
  },
  {
    name: 'our own address is taken',
    tasks: () => `bridge: { name: nw-x, address: ${CONTROLLER}/32 }`,
    // The other hosts of this test shall not take it for us.
    before: 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore',
  },
  {
    name: 'the route to our network is gone',
    tasks: () => 'route: { to: 10.60.0.0/24, dev: eth0, state: absent }\n      adopt: true',
  },
  {
    name: 'the default route has a gateway that is nobody',
    tasks: () => 'route: { to: default, via: 10.60.0.77 }\n      adopt: true',
    beyond: true,
  },
  {
    name: 'a nearer route takes us elsewhere',
    tasks: () => `bridge: { name: nw-x, address: 10.99.0.9/24 }`,
    beyond: true,
  },
  {
    name: 'rp_filter is strict and we come by another way than we go',
    tasks: () => 'sysctl: { name: net.ipv4.conf.eth0.rp_filter, value: 1 }',
    before: `ip route add ${CONTROLLER}/32 dev eth1`,
  },
  {
    name: 'a policy rule looks for us in a table that ends in nothing',
    tasks: () =>
      `route: { to: ${CONTROLLER}/32, type: blackhole, table: 77 }\n    - rule: { to: ${CONTROLLER}/32, table: 77, priority: 100 }`,
  },
];

/** Of the same kinds, and none of them cuts us off. */
const GOOD: readonly Way[] = [
  {
    name: 'a firewall that lets us in and drops the rest',
    tasks: () => `firewall: { input: [${TO_SSH}, action: accept }, { in: eth0, protocol: tcp, action: drop }] }`,
  },
  { name: 'another interface is a port of a bridge', tasks: () => 'bridge: { name: nw-x, ports: [eth1] }' },
  { name: 'the interface is slower', tasks: () => 'impair: { interface: eth0, rate: 1gbit }' },
  { name: 'a route to us of its own', tasks: () => `route: { to: ${CONTROLLER}/32, dev: eth0 }` },
  { name: 'a loose rp_filter', tasks: () => 'sysctl: { name: net.ipv4.conf.eth0.rp_filter, value: 2 }' },
  {
    name: 'the default route with another metric',
    tasks: () => `route: { to: default, via: ${CONTROLLER}, metric: 50 }`,
    beyond: true,
  },
];

let rig: Rig;
let clean: string[];
/** How late an idle host was at most until now, in seconds: what the machine itself adds. */
let slack = 0;

/** Notes on the host itself, by its own monotonic clock, when the undo was armed and when it was done. */
const WATCH = `
cd /run/netwright 2>/dev/null || mkdir -p -m 700 /run/netwright && cd /run/netwright
armed=
while :; do
  for d in /run/netwright/txn/*; do
    if [ -z "$armed" ] && [ -s "$d/timer" ]; then read -r armed rest </proc/uptime; fi
    if [ -e "$d/undo.log" ]; then read -r undone rest </proc/uptime; echo "$armed $undone"; exit; fi
  done
  sleep 0.05
done`;

/** A line for each second that a process sleeps which then looks around: how long it took. */
const CONTROL = `while :; do
  read -r a rest </proc/uptime; sleep 1; ip -j link >/dev/null; ip -j addr >/dev/null; read -r b rest </proc/uptime
  echo "$a $b"
done`;

const between = (line: string): number => {
  const [from, to] = line.trim().split(' ').map(Number) as [number, number];
  return to - from;
};

beforeAll(async () => {
  const all = [...CUTS, ...GOOD];
  rig = await startRig(all.length + 1, { secondNetwork: true });
  await rig.exec(['ip', 'addr', 'add', `${BEYOND}/32`, 'dev', 'lo']);
  await Promise.all(
    all.map(async ({ beyond, before }, index) => {
      if (beyond) await rig.hosts[index]!.sh(`ip route add default via ${CONTROLLER}`);
      if (before !== undefined) await rig.hosts[index]!.sh(before);
    }),
  );
  clean = await snapshots(rig.hosts);
  const control = rig.hosts.at(-1)!.spawn(['sh', '-c', CONTROL]);
  createInterface({ input: control.stdout! }).on('line', (line) => (slack = Math.max(slack, between(line) - 1)));
});
afterAll(() => rig.stop());

function run(host: RigHost, way: Way, command = 'run') {
  const path = join(rig.directory, `${host.name}.yml`);
  writeFileSync(path, `- hosts: all\n  lab: lockout\n  confirm: ${SECONDS}s\n  tasks:\n    - ${way.tasks(host)}\n`);
  const args = way.beyond ? ['-e', `ansible_ssh_common_args='-o BindAddress=${BEYOND}'`] : [];
  return overSsh(rig, [command, path, '-i', `${host.name},`, '--timeout', '4', '--json', ...args]);
}

describe.concurrent('a change that cuts us off is taken back in time:', () => {
  test.each(CUTS.map((way, index) => [way.name, way, index] as const))('%s', async (_, way, index) => {
    const host = rig.hosts[index]!;
    const watching = host.sh(WATCH);
    const { stdout } = await exits(6, run(host, way));
    const problem = eventsOf(stdout).find(({ state }) => state === 'reverted')?.problem;
    expect(problem?.code, stdout).toBe('REVERTED');
    const took = between(await watching);
    expect(took, `slack ${slack}`).toBeLessThan(SECONDS + ALLOWED + 3 * slack);
    // Not by a step that failed: nobody could be reached.
    expect(problem!.message).toContain('no new connection could be made in time');
    // An interface that comes back looks for duplicates of its link-local address first.
    await vi.waitFor(() => expectSame([host], [clean[index]!]), { timeout: 5000, interval: 500 });
  });
});

describe.concurrent('a good change of the same kind is kept:', () => {
  test.each(GOOD.map((way, index) => [way.name, way, CUTS.length + index] as const))('%s', async (_, way, index) => {
    const host = rig.hosts[index]!;
    await exits(0, run(host, way));
    await new Promise((resolve) => setTimeout(resolve, (SECONDS + 2) * 1000));
    expect(await host.sh('cat /run/netwright/txn/*/outcome')).toBe('confirmed\n');
    const { stdout } = await exits(0, run(host, way));
    expect(eventsOf(stdout).at(-1)!.hosts![host.name]).toMatchObject({ changed: 0 });
    await exits(0, run(host, way, 'destroy'));
    await expectSame([host], [clean[index]!]);
  });
});
