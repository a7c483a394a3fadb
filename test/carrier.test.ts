import { describe, expect, test } from 'vitest';
import type { Command } from '../src/command.ts';
import { emptyNet, type Link, type World } from '../src/facts/world.ts';
import { addressesAfter, touchesCarrier, touchesTunnel, type PlannedTask } from '../src/plan.ts';

const link = (name: string, index: number, cidr: string, kind?: string): Link => ({
  name,
  index,
  kind,
  mac: `02:00:00:00:00:0${index}`,
  mtu: 1500,
  up: true,
  group: 0,
  addresses: [{ cidr, secondary: false, automatic: false, failed: false }],
});

const route = (to: string, dev: string, via?: string) => ({
  family: 4 as const,
  ...{ to, via, dev, metric: 0, table: 'main', protocol: 'static', type: 'unicast', onlink: false },
});

const chain = (name: string, hook?: string) => ({ family: 'inet', table: 'fw', name, hook, rules: [] });

/** We come from 192.0.2.9 by way of 10.0.0.254 to 10.0.0.1 on eth0; eth1 has nothing to do with us. */
const world = (): World => ({
  boot: 'b',
  nets: {
    '': {
      ...emptyNet(),
      links: [link('eth0', 2, '10.0.0.1/24'), link('eth1', 3, '10.1.0.1/24'), link('vx0', 4, '10.2.0.1/24', 'vxlan')],
      routes: [route('10.0.0.0/24', 'eth0'), route('10.1.0.0/24', 'eth1'), route('default', 'eth0', '10.0.0.254')],
    },
  },
  namespaces: {},
  sysctls: {},
  nft: { '': { tables: [], chains: [chain('in', 'input'), chain('fwd', 'forward'), chain('jumped')] } },
  iptables: {},
  files: {},
  engines: {},
  capabilities: {},
  rules: {},
  qdiscs: {},
  portVlans: {},
  netnsFiles: [],
  proxies: [],
  listeners: [],
  floods: {},
  ledgers: {},
  processes: {},
  leases: {},
  engineHosts: {},
  missing: [],
  connection: ['192.0.2.9', '50000', '10.0.0.1', '22'],
});

const ip = (line: string, scope = ''): Command => ({ do: 'ip', scope, argv: line.split(' ') });
const sysctl = (key: string, scope = ''): Command => ({ do: 'sysctl', scope, key, value: '1' });
const nft = (...elements: unknown[]): Command => ({ do: 'nft', scope: '', elements });
const run = (line: string, scope = ''): Command => ({ do: 'run', scope, argv: line.split(' ') });
const rule = (name: string, ...expr: unknown[]) => ({
  add: { rule: { family: 'inet', table: 'fw', chain: name, expr } },
});
const dport = (right: unknown) => ({
  match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right },
});
const base = (hook: string, policy: string) => ({
  add: { chain: { family: 'inet', table: 'fw', name: 'x', hook, policy } },
});

const planned = (command: Command): PlannedTask[] => [
  {
    key: 'k',
    title: 't',
    verdict: '~',
    changes: [{ verb: '~', what: '', why: '', commands: [command], effect: () => undefined }],
    notes: [],
  },
];

describe('a command that touches the way of our own session', () => {
  test.each([
    ip('link set dev eth0 down'),
    ip('link set dev eth0 netns web'),
    ip('link set eth0 mtu 100'),
    ip('link del eth0'),
    ip('addr del 10.0.0.7/24 dev eth0'),
    ip('addr flush dev eth0'),
    ip('-4 route add 192.0.2.0/24 dev eth1 table 100'),
    ip('route add default dev eth1 table 100'),
    ip('rule add from all lookup 100'),
    ip('neigh replace 10.0.0.254 lladdr 02:00:00:00:00:99 dev eth0'),
    ip('neigh add proxy 192.0.2.9 dev eth0'),
    sysctl('net/ipv4/conf/all/rp_filter'),
    sysctl('net/ipv4/conf/eth0/arp_ignore'),
    sysctl('net/ipv6/conf/eth0/disable_ipv6'),
    nft(rule('in', { drop: null })),
    nft(rule('in', dport(22), { drop: null })),
    nft(rule('in', dport({ set: [80, 22] }), { drop: null })),
    nft(rule('in', dport({ range: [1, 99] }), { drop: null })),
    nft(rule('jumped', { drop: null })),
    nft(base('input', 'drop')),
    nft(base('output', 'accept'), rule('x', { drop: null })),
    nft(base('ingress', 'accept'), rule('x', { drop: null })),
    nft({ add: { element: { family: 'inet', table: 'fw', name: 'blocked', elem: ['192.0.2.9'] } } }),
    run('tc qdisc add dev eth0 root netem loss 100%'),
    run('ip -6 rule add from all lookup 100'),
    run('ip link set dev eth0 alias x'),
  ])('must be confirmed: %j', (command) => {
    expect(touchesCarrier(world(), world(), planned(command))).toBe(true);
  });

  test.each([
    ip('link set dev eth0 down', 'web'),
    ip('link set dev eth1 down'),
    ip('link add link eth0 name mv0 type macvlan'),
    ip('addr add 10.0.0.8/24 dev eth0'),
    ip('addr del 10.1.0.1/24 dev eth1'),
    ip('route add 198.51.100.0/24 via 10.0.0.7 dev eth0'),
    ip('route add 198.51.100.0/24 dev eth1 table 100'),
    ip('rule add from all lookup 100', 'web'),
    ip('neigh add proxy 2001:db8::5 dev eth0'),
    sysctl('net/ipv4/conf/eth1/rp_filter'),
    sysctl('net/ipv4/conf/eth0/forwarding'),
    sysctl('net/ipv4/ip_forward'),
    sysctl('net/ipv4/conf/all/rp_filter', 'web'),
    nft(rule('fwd', { drop: null })),
    nft(rule('in', dport(80), { drop: null })),
    nft(rule('in', dport({ set: [80, 443] }), { drop: null })),
    nft(base('input', 'accept')),
    nft({ add: { table: { family: 'inet', name: 'fw' } } }),
    run('tc qdisc add dev eth1 root netem'),
    run('ip link set dev eth1 alias x'),
    run('ip link set eth0 down', 'web'),
  ])('or need not be: %j', (command) => {
    expect(touchesCarrier(world(), world(), planned(command))).toBe(false);
  });
});

describe('facts that will be others', () => {
  const host = (change: (net: World['nets'][string]) => void): World => {
    const after = world();
    change(after.nets['']!);
    return after;
  };

  test.each<[string, (net: World['nets'][string]) => void]>([
    ['our address is gone', (net) => (net.links[0]!.addresses = [])],
    ['our link has a master', (net) => (net.links[0]!.master = 'br0')],
    ['our link is smaller', (net) => (net.links[0]!.mtu = 576)],
    ['our link is down', (net) => (net.links[0]!.up = false)],
    ['another route is nearer', (net) => net.routes.push(route('192.0.2.0/24', 'eth1'))],
    ['the default route is gone', (net) => net.routes.pop()],
    ['our client is nobody', (net) => net.routes.push({ ...route('192.0.2.9/32', 'lo'), type: 'blackhole' })],
    [
      'the address of our client is taken',
      (net) => net.links[1]!.addresses.push({ ...net.links[0]!.addresses[0]!, cidr: '192.0.2.9/32' }),
    ],
  ])('must be confirmed: %s', (_, change) => {
    expect(touchesCarrier(world(), host(change), [])).toBe(true);
  });

  test('need not be where they are about others, or where there is no session', () => {
    expect(
      touchesCarrier(
        world(),
        host((net) => (net.links[1]!.up = false)),
        [],
      ),
    ).toBe(false);
    expect(
      touchesCarrier(
        { ...world(), connection: undefined },
        host((net) => (net.links = [])),
        [],
      ),
    ).toBe(false);
  });

  test('tell where the host is to be met when our address has moved', () => {
    const moved = host((net) => {
      net.links[0]!.addresses = [];
      net.links.push({ ...link('br0', 9, '10.0.0.77/24') });
      net.links[0]!.master = 'br0';
    });
    expect(addressesAfter(world(), moved)).toEqual(['10.0.0.77']);
    expect(addressesAfter(world(), world())).toEqual([]);
  });
});

test.each([
  [ip('link add vx1 type vxlan id 5'), true],
  [ip('link add wg0 type wireguard', 'web'), true],
  [ip('link set dev vx0 mtu 1450'), true],
  [ip('link del vx0'), true],
  [ip('link add br0 type bridge'), false],
  [ip('link set dev eth0 up'), false],
])('an end of a tunnel stands and falls with the others: %j %s', (command, is) => {
  expect(touchesTunnel(world(), planned(command))).toBe(is);
});
