import { expect } from 'vitest';
import type { Kernel } from '../kernel.ts';
import { until, type RigHost } from '../rig.ts';
import { publish } from './publish.ts';
import { fopnp } from './fopnp.ts';
import { dhcp, macvlan, pipework, pointToPointAdded } from './links.ts';

/** What packets have to show while a playbook is there; `again` runs it once more, `outside` is a neighbour of the host. */
type Check = (kernel: Kernel, host: RigHost, again: () => Promise<unknown>, outside: RigHost) => Promise<void>;

/** Run by ../cluster.test.ts, with packets between hosts, and there as often as the others are here. */
export const OF_CLUSTERS: readonly string[] = ['ipv6-routed.yml', 'ipv6-switched.yml', 'span.yml', 'vxlan.yml'];

/** By the file's name. The quickstart and the fleet have test files of their own. */
export const checks: Readonly<Record<string, Check | undefined>> = {
  'dhcp.yml': dhcp,
  'fopnp.yml': fopnp,
  'icc.yml': icc,
  'publish.yml': publish,
  'router.yml': router,
  'wider-world.yml': widerWorld,
  'isolated.yml': isolated,
  'point-to-point.yml': pointToPoint,
  'point-to-point-added.yml': pointToPointAdded,
  'macvlan.yml': macvlan,
  'pipework.yml': pipework,
};

async function router(kernel: Kernel, host: RigHost, again: () => Promise<unknown>): Promise<void> {
  const left = kernel.in('router-left');
  const hops = (await left.run(['traceroute', '-n', '-q', '1', '-w', '2', '10.20.2.10'])).stdout;
  expect(hops).toMatch(/\n 1 {2}10\.20\.1\.1 .*\n 2 {2}10\.20\.2\.10 /);
  expect((await left.run(['ping', '-c', '1', '10.20.2.10'])).stdout).toContain('ttl=63');
  expect((await left.run(['ping', '-c', '1', '-t', '1', '10.20.2.10'])).stdout).toContain('From 10.20.1.1');
  // The host has no part in it.
  expect(await kernel.parameter('net/ipv4/ip_forward')).toBe('0');
  expect(await kernel.addresses('br-left')).toEqual([]);
  const inside = kernel.in('router-r1');
  expect(await inside.parameter('net/ipv4/ip_forward')).toBe('1');
  expect(await inside.parameter('net/ipv4/conf/all/rp_filter')).toBe('1');
  expect(await inside.routes(4)).toEqual(['blackhole 10.99.0.0/16']);
  expect((await left.run(['ping', '-c', '1', '-W', '1', '10.99.0.1'])).code).not.toBe(0);
  await host.sh('ip netns del router-r1');
  // The kernel takes its time to take a namespace apart.
  await until(async () => !(await left.pings('10.20.2.10')), 10_000, 'no way without the router');
  await again();
  expect(await left.pings('10.20.2.10')).toBe(true);
}

/** A program that sends from a port to another, and answers what it gets in return; and one that waits for it. */
const SEND = `import socket, sys
s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', int(sys.argv[2]))); s.settimeout(0.3)
for n in range(int(sys.argv[4])):
    if len(sys.argv) > 5 or n == 0: s.sendto(b'hello', (sys.argv[1], int(sys.argv[3])))
    try: print(s.recvfrom(99)[0].decode())
    except TimeoutError: pass`;

async function icc(kernel: Kernel): Promise<void> {
  const [db, web] = [kernel.in('icc-db'), kernel.in('icc-web')];
  const addresses = async (from: Kernel): Promise<string[]> =>
    (await from.addresses('eth0')).map((cidr) => cidr.split('/')[0]!);
  const [ofDb, ofWeb] = [await addresses(db), await addresses(web)];
  for (const index of [0, 1]) {
    const talk = (from: Kernel, to: string, own: number, port: number, times: number, ...more: string[]) =>
      from.run(['python3', '-c', SEND, to, `${own}`, `${port}`, `${times}`, ...more]);
    // The exposed port sends by itself, which nobody asked for.
    const [heard] = await Promise.all([
      talk(web, index === 0 ? '172.25.0.1' : '2001:db8:25::1', 9000, 9, 4),
      talk(db, ofWeb[index]!, 5353, 9000, 3, 'again'),
    ]);
    expect(heard.stdout, `${ofWeb[index]}: nothing that was not asked for`).toBe('');
    // Asked, it may answer.
    const [answered, asked] = await Promise.all([
      talk(web, ofDb[index]!, 9001, 5353, 6, 'again'),
      talk(db, ofWeb[index]!, 5353, 9001, 6, 'again'),
    ]);
    expect(asked.stdout, `${ofDb[index]} is asked`).toContain('hello');
    expect(answered.stdout, `${ofDb[index]} answers`).toContain('hello');
  }
}

async function widerWorld(kernel: Kernel): Promise<void> {
  const [web, friend, stranger] = ['web', 'friend', 'stranger'].map((name) => kernel.in(`world-${name}`));
  expect(await kernel.parameter('net/ipv4/ip_forward')).toBe('1');
  // Outside it is the host that asks.
  const seen = friend!.run(['timeout', '20', 'tcpdump', '-nl', '-i', 'eth0', '-c', '1', 'icmp[icmptype] == icmp-echo']);
  let heard: string | undefined;
  void seen.then(({ stdout }) => (heard = stdout));
  await until(async () => (await web!.pings('198.51.100.8')) && heard !== undefined, 20_000, 'a packet was seen');
  expect(heard).toContain('198.51.100.1 > 198.51.100.8');
  expect(await friend!.pings('172.21.0.2')).toBe(true);
  expect(await stranger!.pings('172.21.0.2')).toBe(false);
  expect(await web!.pings('198.51.100.9')).toBe(true);
}

async function isolated(kernel: Kernel, host: RigHost): Promise<void> {
  const addresses = {
    one: await kernel.in('isolated-one').addresses('eth0'),
    two: await kernel.in('isolated-two').addresses('eth0'),
  };
  expect(addresses.one).toEqual(['172.31.0.2/24', expect.stringMatching(/^2001:db8:31::.*\/64$/)]);
  for (const [name, other] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    const inside = kernel.in(`isolated-${name}`);
    for (const cidr of addresses[other])
      expect(await inside.pings(cidr.split('/')[0]!), `${name} to ${cidr}`).toBe(false);
    for (const gate of ['172.31.0.1', '2001:db8:31::1'])
      expect(await inside.pings(gate), `${name} to ${gate}`).toBe(true);
    const within = (line: string): Promise<string> => host.sh(`ip netns exec isolated-${name} ${line}`);
    expect(await within('grep -v "^#" /etc/resolv.conf')).toBe('search example.com\nnameserver 172.31.0.1\n');
    expect(await within('getent hosts gate')).toMatch(/^172\.31\.0\.1 +gate\n$/);
    expect(await within(`getent hosts ${name}.example.com`)).toContain(addresses[name][1]!.split('/')[0]);
    const pids = (await host.sh(`ip netns pids isolated-${name}`)).trim().split('\n');
    expect(pids).toHaveLength(1);
    const words = await host.sh(`tr '\\0' ' ' </proc/${pids[0]}/cmdline; nsenter --target ${pids[0]} --uts hostname`);
    expect(words).toBe(`sleep infinity ${name}.example.com\n`);
  }
  expect(await host.sh('hostname; cat /etc/hosts')).toBe('h1\n127.0.0.1 localhost\n127.0.1.1 h1\n');
}

async function pointToPoint(kernel: Kernel): Promise<void> {
  const [left, right, console] = ['left', 'right', 'console'].map((name) => kernel.in(`p2p-${name}`));
  expect(await left!.routes(4)).toEqual(['10.1.1.2 dev eth0']);
  expect(await left!.routes(6)).toEqual(['2001:db8:11::2 dev eth0']);
  expect(await right!.addresses('eth0')).toEqual(['10.1.1.2/32', '2001:db8:11::2/128']);
  for (const address of ['10.1.1.2', '2001:db8:11::2']) expect(await left!.pings(address)).toBe(true);
  expect(await right!.pings('10.1.1.1')).toBe(true);
  // Nothing but the pair: no bridge, and no way from or to the host.
  expect([...(await left!.links()).keys()].toSorted()).toEqual(['eth0', 'lo']);
  expect(await kernel.pings('10.1.1.1')).toBe(false);
  expect(await console!.pings('10.1.2.1')).toBe(true);
  expect(await kernel.pings('10.1.2.2')).toBe(true);
  expect(await console!.pings('10.1.1.1')).toBe(false);
  expect(await console!.routes(4)).toEqual(['10.1.2.1 dev eth0']);
}
