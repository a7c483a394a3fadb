import { expect } from 'vitest';
import type { Kernel } from '../kernel.ts';
import { impair, macvlan, rule } from './stacked.ts';

/** Another playbook than the first, by a text replaced in it; what plan and run say; and what the kernel shows. */
export interface OneChange {
  readonly from: string;
  readonly to: string;
  readonly told: readonly string[];
  readonly check: (kernel: Kernel) => Promise<void>;
}

/** Tasks of one kind, with what they need; each is a line, so that the lines can be read backwards to remove it all. */
export interface Scenario {
  readonly tasks: readonly string[];
  readonly check: (kernel: Kernel) => Promise<void>;
  readonly changes: readonly OneChange[];
}

/** Somebody else's, with names, marks and numbers that are nearly ours. */
export const DECOYS = `
ip link add name nw type bridge; ip link add name nw10 type bridge; ip link set nw10 up
ip addr add 10.71.9.1/24 dev nw10
ip link add name nw1a group 78 type veth peer name nw1b
ip link set nw1a alias netwright:kind; ip link set nw1b master nw10 alias netwright
ip netns add kinds; ip netns add kinds-on; ip netns add kinds-one1
ip -n kinds-on link set lo up
nft add table ip netwright; nft add table ip netwright-kind; nft add chain ip netwright-kind postrouting
nft add rule ip netwright-kind postrouting ip saddr 10.71.0.0/24 counter comment '"netwright:kinds"'
ip route add 10.73.0.0/17 via 10.60.0.2 proto 78; ip route add 10.73.0.0/16 via 10.60.0.2 metric 51
ip route add 10.73.0.0/16 via 10.60.0.2 table 101; ip -6 route add 2001:db8:73::/49 via fd60::2
mkdir -p /etc/netns/kinds-on /var/lib/netwright; echo theirs >/etc/netns/kinds-on/hosts; echo no ledger >/var/lib/netwright/kinds.txt
`;

const BRIDGE = 'bridge: { name: nw1, address: [10.71.0.1/24, "2001:db8:71::1/64"], mtu: 1500, ip_masq: true }';

const bridge: Scenario = {
  tasks: [BRIDGE],
  async check(kernel) {
    expect(await kernel.link('nw1')).toMatchObject({
      mtu: 1500,
      address: '02:42:0a:47:00:01',
      ifalias: 'netwright:kinds',
    });
    expect(await kernel.addresses('nw1')).toEqual(['10.71.0.1/24', '2001:db8:71::1/64']);
    expect(await kernel.parameter('net/ipv4/ip_forward')).toBe('1');
    const own = (await kernel.nftRules()).filter(({ table }) => table === 'netwright-kinds');
    expect(own.map(({ chain, family }) => [family, chain])).toEqual([['ip', 'postrouting']]);
  },
  changes: [
    {
      from: 'mtu: 1500',
      to: 'mtu: 1400',
      told: ['~ bridge nw1  mtu 1500 -> 1400'],
      check: async (kernel) => {
        expect((await kernel.link('nw1')).mtu).toBe(1400);
      },
    },
    {
      from: ', "2001:db8:71::1/64"',
      to: ', 10.71.1.1/24, "2001:db8:71::1/64"',
      told: ['~ bridge nw1  10.71.1.1/24 missing; masquerade missing'],
      check: async (kernel) => {
        expect(await kernel.addresses('nw1')).toEqual(['10.71.0.1/24', '10.71.1.1/24', '2001:db8:71::1/64']);
      },
    },
    {
      from: 'ip_masq: true',
      to: 'ip_masq: false, ip_forward: true',
      told: ['~ bridge nw1  masquerade remove'],
      check: async (kernel) => {
        expect((await kernel.nftRules()).filter(({ table }) => table === 'netwright-kinds')).toEqual([]);
        expect(await kernel.parameter('net/ipv4/ip_forward')).toBe('1');
      },
    },
    {
      from: 'ip_masq: true',
      to: 'ip_masq: true, ports: [nw1b]',
      told: ['~ bridge nw1  nw1b master nw10 -> nw1'],
      check: async (kernel) => {
        expect((await kernel.link('nw1b')).master).toBe('nw1');
      },
    },
  ],
};

const CONTAINER =
  'container: { name: one, networks: [{ bridge: nw1, address: 10.71.0.5 }], hostname: one, extra_hosts: ["db:10.71.0.9"], command: [sleep, "1000"] }';

const container: Scenario = {
  tasks: ['bridge: { name: nw1, address: 10.71.0.1/24 }', CONTAINER],
  async check(kernel) {
    const inside = kernel.in('kinds-one');
    expect(await inside.addresses('eth0')).toEqual(['10.71.0.5/24']);
    expect(await inside.link('eth0')).toMatchObject({ address: '02:42:0a:47:00:05' });
    expect(await inside.routes(4)).toEqual(['default via 10.71.0.1 dev eth0']);
    expect(await inside.pings('10.71.0.1')).toBe(true);
    const words = await kernel.run([
      'sh',
      '-c',
      'ps -o args= $(ip netns pids kinds-one); cat /etc/netns/kinds-one/hosts',
    ]);
    expect(words.stdout).toMatch(/^sleep 1000\n127\.0\.0\.1 localhost\n[^]*10\.71\.0\.5 one\n10\.71\.0\.9 db\n$/);
  },
  changes: [
    {
      from: 'db:10.71.0.9',
      to: 'db:10.71.0.8',
      told: ['~ container one  /etc/netns/kinds-one/hosts content'],
      check: async (kernel) => {
        expect((await kernel.run(['cat', '/etc/netns/kinds-one/hosts'])).stdout).toContain('10.71.0.8 db\n');
      },
    },
    {
      from: '"1000"',
      to: '"1001"',
      told: ['~ container one  sleep other arguments'],
      check: async (kernel) => {
        const { stdout } = await kernel.run(['sh', '-c', 'ps -o args= $(ip netns pids kinds-one)']);
        expect(stdout).toBe('sleep 1001\n');
      },
    },
    {
      from: 'hostname: one,',
      to: 'hostname: one, ip_forward: true,',
      told: ['~ container one  ip_forward 0 -> 1 (IPv4, IPv6)'],
      check: async (kernel) => {
        expect(await kernel.in('kinds-one').parameter('net/ipv4/ip_forward')).toBe('1');
      },
    },
  ],
};

const LINK =
  'link: { endpoints: [{ container: one, interface: eth0, address: 10.72.0.1/32 }, { container: two, interface: eth0, address: 10.72.0.2/32 }], mtu: 1400 }';

const link: Scenario = {
  tasks: ['container: { name: one }', 'container: { name: two }', LINK],
  async check(kernel) {
    for (const [name, own, other] of [
      ['one', '10.72.0.1', '10.72.0.2'],
      ['two', '10.72.0.2', '10.72.0.1'],
    ] as const) {
      const inside = kernel.in(`kinds-${name}`);
      expect(await inside.link('eth0')).toMatchObject({ mtu: 1400 });
      expect(await inside.addresses('eth0')).toEqual([`${own}/32`]);
      expect(await inside.routes(4)).toEqual([`${other} dev eth0`]);
      expect(await inside.pings(other)).toBe(true);
    }
  },
  changes: [
    {
      from: 'mtu: 1400',
      to: 'mtu: 1300',
      told: ['~ link one:eth0 two:eth0  eth0, eth0 mtu 1400 -> 1300'],
      check: async (kernel) => {
        for (const name of ['kinds-one', 'kinds-two']) expect((await kernel.in(name).link('eth0')).mtu).toBe(1300);
      },
    },
  ],
};

const route: Scenario = {
  tasks: [
    'container: { name: one }',
    'route: { to: 10.73.0.0/16, via: 10.60.0.2, metric: 50 }',
    'route: { to: "2001:db8:73::/48", via: "fd60::2" }',
    'route: { to: 10.73.0.0/16, via: 10.60.0.3, table: 100, src: 10.60.0.1 }',
    'route: { to: 10.74.0.0/16, container: one, type: unreachable }',
  ],
  async check(kernel) {
    expect(await kernel.routes(4)).toContain('10.73.0.0/16 via 10.60.0.2 dev eth0 metric 50');
    expect(await kernel.routes(6)).toContain('2001:db8:73::/48 via fd60::2 dev eth0');
    expect(await kernel.routes(4, '100')).toEqual(['10.73.0.0/16 via 10.60.0.3 dev eth0 src 10.60.0.1']);
    expect(await kernel.in('kinds-one').routes(4)).toEqual(['unreachable 10.74.0.0/16']);
  },
  changes: [
    {
      from: 'via: 10.60.0.2, metric',
      to: 'via: 10.60.0.3, metric',
      told: ['~ route 10.73.0.0/16 table main metric 50  route 10.73.0.0/16 via 10.60.0.2 dev eth0 -> via 10.60.0.3'],
      check: async (kernel) => {
        const routes = await kernel.routes(4);
        expect(routes).toContain('10.73.0.0/16 via 10.60.0.3 dev eth0 metric 50');
        expect(routes).not.toContain('10.73.0.0/16 via 10.60.0.2 dev eth0 metric 50');
      },
    },
  ],
};

const sysctl: Scenario = {
  tasks: [
    'container: { name: one }',
    'sysctl: { name: net.ipv4.tcp_fin_timeout, value: 33 }',
    'sysctl: { name: net.ipv6.conf.eth0.hop_limit, value: 70 }',
    'sysctl: { name: net.ipv4.tcp_rmem, value: "4096 131072 6291455" }',
    'sysctl: { name: net.ipv4.ping_group_range, value: "0 10", container: one }',
  ],
  async check(kernel) {
    expect(await kernel.parameter('net/ipv4/tcp_fin_timeout')).toBe('33');
    expect(await kernel.parameter('net/ipv6/conf/eth0/hop_limit')).toBe('70');
    expect(await kernel.parameter('net/ipv4/tcp_rmem')).toBe('4096 131072 6291455');
    expect(await kernel.in('kinds-one').parameter('net/ipv4/ping_group_range')).toBe('0 10');
  },
  changes: [
    {
      from: 'value: 33',
      to: 'value: 34',
      told: ['~ sysctl net/ipv4/tcp_fin_timeout  net.ipv4.tcp_fin_timeout 33 -> 34'],
      check: async (kernel) => {
        expect(await kernel.parameter('net/ipv4/tcp_fin_timeout')).toBe('34');
      },
    },
    {
      from: '"0 10"',
      to: '"0 11"',
      told: [
        expect.stringMatching(
          /^~ sysctl one net\/ipv4\/ping_group_range {2}net\.ipv4\.ping_group_range 0\s10 -> 0 11$/,
        ) as string,
      ],
      check: async (kernel) => {
        expect(await kernel.in('kinds-one').parameter('net/ipv4/ping_group_range')).toBe('0 11');
      },
    },
  ],
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  ...{ bridge, container, link, route, sysctl },
  ...{ macvlan, rule, impair },
};
