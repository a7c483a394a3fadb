import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsOf, exits, expectSame, overSsh, snapshots } from './netwright.ts';
import { startRig, until, type Rig, type RigHost } from './rig.ts';

// Every way to cut our own connection has a host of its own, so that they wait side by side.
const CONTROLLER = '10.60.0.254';
/** Of the controller too, and reached by the hosts' default route only. */
const BEYOND = '10.99.0.1';
const SECONDS = 12;
/** What the promise leaves for the undo itself. */
const ALLOWED = 2;

interface Way {
  readonly name: string;
  readonly tasks: (host: RigHost) => string;
  /** By way of the default route. */
  readonly beyond?: true;
  /** What the host is like before. */
  readonly before?: string;
}

const CUTS: readonly Way[] = [
  { name: 'the route to us is a black hole', tasks: () => `route: { to: ${CONTROLLER}/32, type: blackhole }` },
  { name: 'the route to us is unreachable', tasks: () => `route: { to: ${CONTROLLER}/32, type: unreachable }` },
  {
    name: 'the route to us has a gateway that is nobody',
    tasks: () => `route: { to: ${CONTROLLER}/32, via: 10.60.0.77, dev: eth0 }`,
  },
  {
    name: 'the route to us leads to another interface',
    tasks: () => `bridge: { name: nw-x }\n    - route: { to: ${CONTROLLER}/32, dev: nw-x }`,
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
    name: 'a policy rule looks for us in an empty table that ends in nothing',
    tasks: () =>
      `route: { to: ${CONTROLLER}/32, type: blackhole, table: 77 }\n    - rule: { to: ${CONTROLLER}/32, table: 77, priority: 100 }`,
  },
];

/** Of the same kinds, and none of them cuts us off. */
const GOOD: readonly Way[] = [
  { name: 'a route to us of its own', tasks: () => `route: { to: ${CONTROLLER}/32, dev: eth0 }` },
  { name: 'a black hole for somebody else', tasks: () => 'route: { to: 10.60.0.77/32, type: blackhole }' },
  { name: 'a loose rp_filter', tasks: () => 'sysctl: { name: net.ipv4.conf.eth0.rp_filter, value: 2 }' },
  {
    name: 'the default route with another metric',
    tasks: () => `route: { to: default, via: ${CONTROLLER}, metric: 50 }`,
    beyond: true,
  },
];

let rig: Rig;
let clean: string[];
/** How much longer than its time a process takes that only sleeps and then looks around, in seconds. */
let slack = 0;

const uptime = async (host: RigHost): Promise<number> => Number((await host.sh('cut -d " " -f 1 /proc/uptime')).trim());

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

const CONTROL = `read -r a rest </proc/uptime; sleep ${SECONDS}; for n in 1 2 3 4 5 6; do ip -j link; ip -j addr; done >/dev/null; read -r b rest </proc/uptime; echo "$a $b"`;

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
});
afterAll(() => rig.stop());

function run(host: RigHost, way: Way, command = 'run') {
  const path = join(rig.directory, `${host.name}.yml`);
  writeFileSync(path, `- hosts: all\n  lab: lockout\n  confirm: ${SECONDS}s\n  tasks:\n    - ${way.tasks(host)}\n`);
  const args = way.beyond ? ['-e', `ansible_ssh_common_args='-o BindAddress=${BEYOND}'`] : [];
  return overSsh(rig, [command, path, '-i', `${host.name},`, '--timeout', '4', '--json', ...args]);
}

describe.concurrent('a change that cuts us off is taken back in time:', () => {
  test('an idle host tells how late its own clock lets things be', async () => {
    const host = rig.hosts.at(-1)!;
    slack = Math.max(0, between(await host.sh(CONTROL)) - SECONDS);
    expect(await uptime(host)).toBeGreaterThan(0);
  });

  test.each(CUTS.map((way, index) => [way.name, way, index] as const))('%s', async (_, way, index) => {
    const host = rig.hosts[index]!;
    const watching = host.sh(WATCH);
    const { stdout } = await exits(6, run(host, way));
    const problem = eventsOf(stdout).find(({ state }) => state === 'reverted')?.problem;
    expect(problem?.code, stdout).toBe('REVERTED');
    const took = between(await watching);
    await until(() => slack > 0, 60_000, 'the idle host');
    expect(took, `slack ${slack}`).toBeLessThan(SECONDS + ALLOWED + 2 * slack);
    // Not by a step that failed: nobody could be reached.
    expect(problem!.message).toContain('no new connection could be made in time');
    await expectSame([host], [clean[index]!]);
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
