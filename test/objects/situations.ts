import { HOST } from '../../src/command.ts';
import type { Wanted } from '../../src/object.ts';
import { address } from '../../src/objects/address.ts';
import { bridgeLink } from '../../src/objects/bridge.ts';
import { child } from '../../src/objects/child.ts';
import { file } from '../../src/objects/file.ts';
import { flow } from '../../src/objects/flow.ts';
import { forwarding } from '../../src/objects/forwarding.ts';
import { impairment } from '../../src/objects/impairment.ts';
import { loopback } from '../../src/objects/loopback.ts';
import { hostPort } from '../../src/objects/host-port.ts';
import { neighProxy } from '../../src/objects/neigh-proxy.ts';
import { netns } from '../../src/objects/netns.ts';
import { nic } from '../../src/objects/nic.ts';
import { nftChain } from '../../src/objects/nft-chain.ts';
import * as nft from '../../src/objects/nft-match.ts';
import { nftRule, type BaseChain } from '../../src/objects/nft-rule.ts';
import { port } from '../../src/objects/port.ts';
import { process } from '../../src/objects/process.ts';
import { raised } from '../../src/objects/raised.ts';
import { route } from '../../src/objects/route.ts';
import { rule } from '../../src/objects/rule.ts';
import { sysctl } from '../../src/objects/sysctl.ts';
import { veth } from '../../src/objects/veth.ts';
import { vxlanLink } from '../../src/objects/vxlan.ts';

/** Wanted or removed, by us; or something that somebody else does meanwhile. */
export type Step =
  { readonly want: Wanted; readonly adopt?: true } | { readonly remove: Wanted } | { readonly sh: string };

export interface Situation {
  readonly name: string;
  readonly steps: readonly Step[];
}

const want = (wanted: Wanted): Step => ({ want: wanted });
const adopt = (wanted: Wanted): Step => ({ want: wanted, adopt: true });
const remove = (wanted: Wanted): Step => ({ remove: wanted });
const sh = (script: string): Step => ({ sh: script });

const MAC = '02:42:ac:1e:00:01';
const nw0 = (mtu?: number): Wanted => bridgeLink({ name: 'nw0', mac: MAC, ...(mtu === undefined ? {} : { mtu }) });
const BRIDGE = `ip link add name br0 address ${MAC} type bridge; ip link set dev br0 up`;
const on = (dev: string, ...cidrs: string[]): Step[] => cidrs.map((cidr) => want(address(HOST, dev, cidr)));

/** Stands for an interface of the host. */
const NIC = 'ip link add name d1 type ifb; ip link set dev d1 up';
const macOf = (last: number): string => `02:00:00:00:01:0${last}`;

const web = netns('lab-web');
const macvlan = (parent: string, mode: string, mac: number, mtu?: number): Wanted =>
  child('lab-web', { name: 'eth0', kind: 'macvlan', parent, parentScope: HOST, mode, mac: macOf(mac), mtu });
const pair = veth(HOST, {
  name: 'nwhost',
  master: 'nw0',
  mtu: 1400,
  peer: { scope: 'lab-web', name: 'eth0', mac: MAC },
});

const isolated = (on: boolean): Wanted =>
  veth(HOST, { name: 'nwhost', master: 'nw0', isolated: on, peer: { scope: 'lab-web', name: 'eth0', mac: MAC } });

const postrouting: BaseChain = { name: 'postrouting', type: 'nat', hook: 'postrouting', priority: 100 };
const forward: BaseChain = { name: 'forward', type: 'filter', hook: 'forward', priority: 0 };
const masquerade = (oifname: string): Wanted =>
  nftRule({
    family: 'ip',
    chain: postrouting,
    id: `masquerade ${oifname}`,
    what: 'masquerade',
    expr: [{ match: { op: '!=', left: { meta: { key: 'oifname' } }, right: oifname } }, { masquerade: null }],
  });
const drop = nftRule({
  family: 'bridge',
  chain: forward,
  id: 'icc nw0',
  what: 'icc false',
  expr: [{ match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'nw0' } }, { drop: null }],
});

const except = nftRule({
  family: 'bridge',
  chain: forward,
  id: 'icc nw0 arp',
  what: 'ARP',
  expr: [
    { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'nw0' } },
    { match: { op: '==', left: { payload: { protocol: 'ether', field: 'type' } }, right: 'arp' } },
    { accept: null },
  ],
  first: true,
});

const filter = (...rules: readonly unknown[][]): Wanted =>
  nftChain(HOST, {
    family: 'inet',
    chain: { name: 'main_forward', type: 'filter', hook: 'forward', priority: 10 },
    rules,
  });

/** Every expression that a kind may write, so that the kernel lists it as we do. */
const EXPRESSIONS: readonly (readonly unknown[])[] = [
  [nft.comesIn('b', 'a'), nft.goesOut('a'), nft.drop],
  [nft.comesInElsewhere('a'), nft.goesOutElsewhere('a'), nft.accept],
  [nft.from('10.0.0.0/8', '10.1.0.0/16', '9.9.9.9/32'), nft.to('10.0.0.1/32'), nft.reject],
  [nft.notFrom('2001:db8::/32', '2001:db8:1::/48', 'fd00::1/128'), nft.notTo('::1/128'), nft.drop],
  [nft.layer4('icmp'), nft.accept],
  [nft.layer4('icmpv6'), nft.accept],
  [nft.layer4('tcp'), nft.accept],
  [nft.fromPort('tcp', 80), nft.opensNothing, nft.accept],
  [nft.toPort('tcp', 443, [8000, 8010], 80), nft.fromPort('tcp', 1024), nft.accept],
  [nft.toPort('udp', [53, 54]), nft.accept],
  [nft.inState('related', 'established'), nft.accept],
  [nft.inState('new', 'untracked', 'invalid', 'established'), nft.accept],
  [nft.inState('new'), nft.wasTranslated, nft.accept],
  [nft.wasNotTranslated, nft.drop],
];

const across = nftRule({
  family: 'bridge',
  chain: forward,
  id: 'across',
  what: 'across',
  expr: [nft.comesInByGroup(7), nft.goesOut('a'), nft.ether('arp'), nft.accept],
});
const discovery = nftRule({
  family: 'bridge',
  chain: forward,
  id: 'discovery',
  what: 'discovery',
  expr: [nft.comesInByGroup(7), nft.goesOut('a'), nft.neighbourDiscovery, nft.accept],
  first: true,
});
const led = (port?: number): Wanted =>
  nftRule({
    family: port === undefined ? 'ip6' : 'ip',
    chain: { name: 'prerouting', type: 'nat', hook: 'prerouting', priority: -100 },
    id: `led ${port ?? ''}`,
    what: 'led',
    expr: [nft.toHost, nft.toPort('tcp', 80), nft.leadTo(port === undefined ? '2001:db8::1' : '10.0.0.9', port)],
  });

const under = 'ip link add name br0 type bridge; ip link set dev br0 up; ip addr add 10.0.0.1/24 dev br0';
const tunnel = (remotes: string[], more: object = {}): Wanted =>
  vxlanLink({ name: 'vx0', id: 42, port: 4789, local: '10.0.0.1', mac: '02:00:00:00:00:42', remotes, ...more });

export const situations: readonly Situation[] = [
  {
    name: 'a chain whose rules are written whole, again and again, and in every way that there is',
    steps: [
      want(filter(...EXPRESSIONS.map((one) => [...one]))),
      want(filter([nft.drop])),
      want(masquerade('nw0')),
      sh('nft flush chain inet netwright-lab main_forward'),
      want(filter([nft.accept], [nft.drop])),
      remove(filter([nft.accept], [nft.drop])),
      want(filter([nft.drop])),
    ],
  },
  {
    name: 'what only a bridge and a translation have',
    steps: [want(across), want(discovery), want(led(8080)), want(led())],
  },
  {
    name: 'the host answers for addresses behind it',
    steps: [
      sh(under),
      want(neighProxy('br0', '2001:db8::c009')),
      want(neighProxy('br0', '2001:db8::c00a')),
      remove(neighProxy('br0', '2001:db8::c009')),
      want(neighProxy('br0', '2001:db8::c009')),
    ],
  },
  {
    name: 'a link under which the host answered goes, and its answers with it',
    steps: [want(nw0()), want(neighProxy('nw0', '2001:db8::c009')), remove(nw0())],
  },
  {
    name: 'a VXLAN link that reaches others, loses one, and is plugged in and made anew with another number',
    steps: [
      sh(under),
      want(nw0()),
      want(tunnel(['10.0.0.2', '10.0.0.3'])),
      want(tunnel(['10.0.0.3', '10.0.0.4'])),
      want(tunnel(['10.0.0.4'], { master: 'nw0' })),
      want(tunnel(['10.0.0.4'], { master: 'nw0', id: 43 })),
      remove(tunnel(['10.0.0.4'], { master: 'nw0', id: 43 })),
    ],
  },
  {
    name: 'a VXLAN link over IPv6 with an MTU of its own, which somebody changed',
    steps: [
      sh('ip link add name br0 type bridge; ip link set dev br0 up; ip addr add 2001:db8::1/64 dev br0 nodad'),
      want(tunnel(['2001:db8::2'], { local: '2001:db8::1', mtu: 1400 })),
      sh('ip link set dev vx0 down mtu 1300; bridge fdb del 00:00:00:00:00:00 dev vx0 dst 2001:db8::2'),
      want(tunnel(['2001:db8::2'], { local: '2001:db8::1', mtu: 1400 })),
    ],
  },
  {
    name: 'a way to the loopback address for answers that come back translated',
    steps: [
      want(nw0()),
      want(route(HOST, { family: 6, to: '::1/128', dev: 'nw0', type: 'local', table: 'local', metric: 2048 })),
    ],
  },
  {
    name: 'a port of the host is claimed',
    steps: [want(hostPort({ protocol: 'tcp', family: 4, port: 80, container: 'web', target: '10.0.0.2' }))],
  },
  {
    name: 'an exception goes before the rule that is there already, and comes back there',
    steps: [want(drop), want(except), remove(drop), want(drop), remove(except), want(except)],
  },
  {
    name: 'a rule in a namespace goes with it',
    steps: [
      want(web),
      want(
        nftRule({ family: 'ip', chain: postrouting, id: 'out', what: 'out', expr: [{ masquerade: null }] }, 'lab-web'),
      ),
      want(nftRule({ family: 'ip', chain: postrouting, id: 'two', what: 'two', expr: [{ accept: null }] }, 'lab-web')),
      remove(web),
    ],
  },
  { name: 'a bridge comes and goes', steps: [want(nw0()), remove(nw0())] },
  { name: 'a bridge with the MTU that is usual anyway', steps: [want(nw0(1500)), remove(nw0(1500))] },
  {
    name: 'a bridge holds to its MTU whatever is plugged in',
    steps: [
      want(nw0(9000)),
      sh('ip link add name small mtu 1400 type ifb'),
      want(port('nw0', 'small')),
      want(nw0(1500)),
      want(nw0(9000)),
    ],
  },
  {
    name: 'a bridge of the usual MTU holds to it too',
    steps: [
      want(nw0(1500)),
      sh('ip link add name small mtu 1400 type ifb'),
      want(port('nw0', 'small')),
      want(nw0(1500)),
    ],
  },
  {
    name: 'a bridge whose name ip would take for a keyword',
    steps: [want(bridgeLink({ name: 'br', mac: MAC, mtu: 1400 })), ...on('br', '10.0.0.1/24')],
  },
  {
    name: 'a bridge with an address, routes through it and a port goes',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/24', '2001:db8::1/64'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9' })),
      want(route(HOST, { family: 6, to: '2001:db8:5::/48', via: '2001:db8::9', dev: 'nw0' })),
      sh('ip link add name d0 type ifb'),
      want(port('nw0', 'd0')),
      remove(nw0()),
    ],
  },
  {
    name: 'a bridge of somebody else is taken over and given back',
    steps: [
      sh(`${BRIDGE}; ip link set dev br0 alias theirs group 7`),
      adopt(bridgeLink({ name: 'br0', mac: '02:00:00:00:00:09', mtu: 1400 })),
    ],
  },
  {
    name: 'a bridge of somebody else without an alias is taken over and given back',
    steps: [sh(`${BRIDGE}; ip link set dev br0 down`), adopt(bridgeLink({ name: 'br0' }))],
  },
  {
    name: 'an MTU below 1280 drops IPv6 from a link',
    steps: [
      want(nw0(1500)),
      ...on('nw0', '10.0.0.1/24', '2001:db8::1/64', 'fe80::1/64'),
      want(route(HOST, { family: 6, to: '2001:db8:5::/48', via: '2001:db8::9', dev: 'nw0' })),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9' })),
      want(nw0(1279)),
      want(nw0(1280)),
    ],
  },
  {
    name: 'a link of ours that somebody took down, renumbered and stripped of its marks',
    steps: [
      want(nw0(1500)),
      ...on('nw0', '10.0.0.1/24'),
      sh('ip link set dev nw0 down mtu 1400 address 02:00:00:00:00:07 alias ""'),
      want(nw0(1500)),
      sh('ip link set dev nw0 group 0'),
      want(nw0(1500)),
    ],
  },
  {
    name: 'a namespace with a veth into it',
    steps: [
      want(nw0(1500)),
      want(web),
      want(forwarding('lab-web', 4, false)),
      want(forwarding('lab-web', 6, false)),
      want(pair),
      want(address('lab-web', 'eth0', '10.0.0.2/24')),
      want(address('lab-web', 'eth0', '2001:db8::2/64')),
      want(route('lab-web', { family: 4, to: 'default', via: '10.0.0.1', dev: 'eth0' })),
      want(route('lab-web', { family: 6, to: 'default', via: 'fe80::1', dev: 'eth0' })),
      want(loopback('lab-web')),
      remove(pair),
      want(pair),
    ],
  },
  {
    name: 'a namespace goes, and the host ends of its veths go with it',
    steps: [want(nw0(1500)), want(web), want(pair), want(address('lab-web', 'eth0', '10.0.0.2/24')), remove(web)],
  },
  {
    name: 'a half-made namespace is made anew',
    steps: [want(web), sh('umount /run/netns/lab-web'), want(web)],
  },
  {
    name: 'a veth between two namespaces',
    steps: [
      want(netns('a')),
      want(netns('b')),
      want(veth('a', { name: 'to-b', mac: MAC, peer: { scope: 'b', name: 'to-a', mac: '02:42:ac:1e:00:02' } })),
      want(address('a', 'to-b', '10.0.0.1/32')),
      want(route('a', { family: 4, to: '10.0.0.2/32', dev: 'to-b' })),
      want(address('a', 'to-b', '2001:db8::1/128')),
      want(route('a', { family: 6, to: '2001:db8::2/128', dev: 'to-b' })),
      remove(netns('b')),
    ],
  },
  {
    name: 'veths between namespaces that look alike by their indexes',
    steps: [
      ...['a', 'b', 'c', 'd'].map((name) => want(netns(name))),
      want(veth('a', { name: 'to-b', mac: MAC, peer: { scope: 'b', name: 'to-a', mac: MAC } })),
      want(veth('c', { name: 'to-d', mac: MAC, peer: { scope: 'd', name: 'to-c', mac: MAC } })),
      remove(veth('c', { name: 'to-d', mac: MAC, peer: { scope: 'd', name: 'to-c', mac: MAC } })),
    ],
  },
  {
    name: 'a veth whose names ip would take for keywords',
    steps: [
      want(veth(HOST, { name: 'up', mtu: 1400, peer: { scope: HOST, name: 'mtu' } })),
      ...on('up', '10.0.0.1/32'),
    ],
  },
  {
    name: 'a veth end that was moved out of its bridge and taken down',
    steps: [
      want(nw0(1500)),
      want(web),
      want(pair),
      sh('ip link set dev nwhost nomaster down; ip -n lab-web link set dev eth0 down mtu 1300'),
      want(pair),
    ],
  },
  {
    name: 'the second address of a subnet goes',
    steps: [want(nw0()), ...on('nw0', '10.0.0.1/24', '10.0.0.2/24'), remove(address(HOST, 'nw0', '10.0.0.2/24'))],
  },
  {
    name: 'the first address of a subnet goes, and the others stay',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9' })),
      remove(address(HOST, 'nw0', '10.0.0.1/24')),
    ],
  },
  {
    name: 'the first address of a subnet goes where the kernel promotes the next',
    steps: [
      want(nw0()),
      sh('echo 1 >/proc/sys/net/ipv4/conf/nw0/promote_secondaries'),
      ...on('nw0', '10.0.0.1/24', '10.0.0.2/24', '10.0.0.3/24'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9' })),
      remove(address(HOST, 'nw0', '10.0.0.1/24')),
    ],
  },
  {
    name: 'addresses of other subnets on the same link stay, and so do routes that have lost their gateway',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/24', '10.1.0.1/24'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.1.0.9' })),
      want(route(HOST, { family: 4, to: '10.6.0.0/16', via: '10.0.0.9' })),
      remove(address(HOST, 'nw0', '10.1.0.1/24')),
      ...on('nw0', '10.1.0.1/24'),
      remove(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.1.0.9' })),
    ],
  },
  {
    name: 'the last IPv4 address goes, and routes of others that do without it are kept',
    steps: [
      sh(BRIDGE),
      ...on('br0', '10.0.0.1/24'),
      sh('ip route add 10.5.0.0/16 dev br0; ip route add 10.6.0.0/16 dev br0 proto 99 metric 5 table 100'),
      sh(
        'ip route add 10.7.0.9 dev br0; ip route add 10.7.0.0/16 via 10.7.0.9 dev br0; ip route add 10.8.0.0/16 via 10.8.0.9 dev br0 onlink',
      ),
      remove(address(HOST, 'br0', '10.0.0.1/24')),
    ],
  },
  {
    name: 'routes that have an address as their source go with it',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/24', '10.1.0.1/24'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9', src: '10.1.0.1' })),
      remove(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9', src: '10.1.0.1' })),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9', src: '10.1.0.1' })),
      remove(address(HOST, 'nw0', '10.1.0.1/24')),
    ],
  },
  {
    name: 'IPv6 addresses share a prefix and go one by one',
    steps: [
      want(nw0()),
      ...on('nw0', '2001:db8::1/64', '2001:db8::2/64', '2001:db8:1::1/128'),
      want(route(HOST, { family: 6, to: '2001:db8:5::/48', via: '2001:db8::9', dev: 'nw0', src: '2001:db8::1' })),
      remove(address(HOST, 'nw0', '2001:db8::1/64')),
      remove(address(HOST, 'nw0', '2001:db8::2/64')),
      remove(address(HOST, 'nw0', '2001:db8:1::1/128')),
    ],
  },
  {
    name: 'an address on a link that is down',
    steps: [
      sh('ip link add name d0 type ifb'),
      ...on('d0', '10.0.0.1/24', '2001:db8::1/64'),
      remove(address(HOST, 'd0', '10.0.0.1/24')),
      remove(address(HOST, 'd0', '2001:db8::1/64')),
    ],
  },
  {
    name: 'addresses of every width',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/32', '10.1.0.0/31', '10.2.0.1/30', '2001:db8::1/128', '2001:db8:1::/127'),
    ],
  },
  {
    name: 'routes of every sort',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/24', '2001:db8::1/64'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9', metric: 50 })),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', dev: 'nw0', metric: 60 })),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9', table: '100' })),
      want(route(HOST, { family: 4, to: '10.6.0.0/16', via: '192.0.2.1', dev: 'nw0', onlink: true })),
      want(route(HOST, { family: 4, to: '10.7.0.0/16', type: 'blackhole' })),
      want(route(HOST, { family: 4, to: '10.8.0.1/32', type: 'unreachable', metric: 7 })),
      want(route(HOST, { family: 4, to: 'default', dev: 'nw0' })),
      want(route(HOST, { family: 4, to: 'default', via: '10.0.0.9', metric: 9 })),
      want(route(HOST, { family: 6, to: 'default', dev: 'nw0' })),
      want(route(HOST, { family: 6, to: 'default', via: 'fe80::9', dev: 'nw0', metric: 9 })),
      want(route(HOST, { family: 6, to: '2001:db8:7::/48', type: 'blackhole' })),
      want(route(HOST, { family: 6, to: '2001:db8:8::/48', type: 'prohibit', metric: 7 })),
      want(route(HOST, { family: 6, to: '2001:db8:9::1/128', via: '2001:db8::9', table: '100' })),
      want(route(HOST, { family: 6, to: '2001:db8:a::/48', via: '2001:db8:ffff::1', dev: 'nw0', onlink: true })),
    ],
  },
  {
    name: 'a route gets another next hop',
    steps: [
      want(nw0()),
      ...on('nw0', '10.0.0.1/24', '2001:db8::1/64'),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.9', metric: 50 })),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.8', metric: 50 })),
      want(route(HOST, { family: 4, to: '10.5.0.0/16', type: 'blackhole', metric: 50 })),
      want(route(HOST, { family: 6, to: 'default', via: '2001:db8::9' })),
      want(route(HOST, { family: 6, to: 'default', dev: 'nw0' })),
      want(route(HOST, { family: 6, to: 'default', type: 'unreachable' })),
    ],
  },
  {
    name: 'a route of somebody else is taken over and given back',
    steps: [
      sh(`${BRIDGE}; ip addr add 10.0.0.1/24 dev br0; ip addr add 2001:db8::1/64 dev br0`),
      sh('ip route add default via 10.0.0.9 src 10.0.0.1 proto static; ip route add 10.5.0.0/16 dev br0 metric 5'),
      sh('ip -6 route add default via 2001:db8::9 metric 1024'),
      adopt(route(HOST, { family: 4, to: 'default', via: '10.0.0.8' })),
      adopt(route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.8', metric: 5 })),
      adopt(route(HOST, { family: 6, to: 'default', via: '2001:db8::8' })),
    ],
  },
  {
    name: 'forwarding goes on and off, and everything else that the kernel writes with it comes back',
    steps: [
      sh('ip link add name d0 type ifb; ip link add name d1 type ifb; ip link set dev d0 up'),
      sh('echo 1 >/proc/sys/net/ipv4/conf/d0/forwarding; echo 1 >/proc/sys/net/ipv6/conf/d1/forwarding'),
      sh('echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects'),
      want(forwarding(HOST, 4, true)),
      want(forwarding(HOST, 6, true)),
      want(nw0()),
    ],
  },
  {
    name: 'forwarding goes off and on',
    steps: [
      sh('ip link add name d0 type ifb; echo 1 >/proc/sys/net/ipv4/ip_forward'),
      sh('echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; echo 0 >/proc/sys/net/ipv4/conf/default/forwarding'),
      sh('echo 0 >/proc/sys/net/ipv6/conf/d0/forwarding'),
      want(forwarding(HOST, 4, false)),
      want(forwarding(HOST, 6, false)),
    ],
  },
  {
    name: 'forwarding goes on where a router advertised the default route',
    steps: [
      sh(`${BRIDGE}; ip addr add fe80::2/64 dev br0; ip -6 route add default via fe80::9 dev br0 proto ra`),
      want(forwarding(HOST, 6, true)),
    ],
  },
  {
    name: 'kernel parameters',
    steps: [
      want(sysctl(HOST, 'net/ipv4/conf/all/rp_filter', '2')),
      want(sysctl(HOST, 'net/ipv4/ip_local_port_range', '20000 30000')),
      want(sysctl(HOST, 'net/ipv4/ip_local_port_range', '20000 30001')),
      want(web),
      want(sysctl('lab-web', 'net/ipv4/ip_unprivileged_port_start', '80')),
    ],
  },
  {
    name: 'a parameter of a link that is gone, and of its like that came after it',
    steps: [
      want(nw0()),
      want(sysctl(HOST, 'net/ipv4/conf/nw0/route_localnet', '1')),
      remove(nw0()),
      want(nw0()),
      want(sysctl(HOST, 'net/ipv4/conf/nw0/route_localnet', '1')),
      remove(nw0()),
      remove(sysctl(HOST, 'net/ipv4/conf/nw0/route_localnet', '1')),
    ],
  },
  {
    name: 'a port that is isolated, let free, and isolated again where somebody unplugged it',
    steps: [
      want(nw0(1500)),
      want(web),
      want(isolated(true)),
      want(isolated(false)),
      want(isolated(true)),
      sh('ip link set dev nwhost nomaster'),
      want(isolated(true)),
      sh(
        'ip link add name br9 address 02:00:00:00:00:09 type bridge; ip link set dev nwhost master br9 type bridge_slave isolated on',
      ),
      want(isolated(true)),
    ],
  },
  {
    name: 'an interface goes from one bridge to another',
    steps: [
      sh(`${BRIDGE}; ip link add name d0 type ifb; ip link set dev d0 master br0 up`),
      want(nw0()),
      want(port('nw0', 'd0')),
      sh('ip link add name d1 type ifb'),
      want(port('nw0', 'd1')),
    ],
  },
  {
    name: 'rules come one by one, are mended, and take their table with them',
    steps: [
      want(masquerade('nw0')),
      want(masquerade('nw1')),
      want(drop),
      sh(
        'nft flush chain ip netwright-lab postrouting; nft add rule ip netwright-lab postrouting drop comment \'"netwright:lab:masquerade nw0"\'',
      ),
      want(masquerade('nw0')),
      want(masquerade('nw1')),
      remove(masquerade('nw0')),
    ],
  },
  {
    name: 'packets are let through where Docker drops them',
    steps: [
      sh('iptables -w -N DOCKER-USER; iptables -w -P FORWARD DROP; iptables -w -A FORWARD -j DOCKER-USER'),
      want(flow({ family: 4, in: 'nw0' })),
      want(flow({ family: 4, out: 'nw0', answers: true })),
      want(flow({ family: 6, in: 'nw0' })),
      remove(flow({ family: 4, in: 'nw0' })),
    ],
  },
  {
    name: 'what Docker keeps apart stays apart, also where the accept came back above the rule for it',
    steps: [
      sh(
        'iptables -w -N DOCKER-USER; iptables -w -N DOCKER-ISOLATION-STAGE-2; iptables -w -P FORWARD DROP; iptables -w -A FORWARD -j DOCKER-USER',
      ),
      want(flow({ family: 4, in: 'nw0' })),
      want(flow({ family: 4, in: 'nw0', isolated: true })),
      sh('iptables -w -D DOCKER-USER -i nw0 -m comment --comment netwright:lab -j ACCEPT'),
      want(flow({ family: 4, in: 'nw0' })),
      want(flow({ family: 4, in: 'nw0', isolated: true })),
      remove(flow({ family: 4, in: 'nw0', isolated: true })),
    ],
  },
  {
    name: 'files come, change and go',
    steps: [
      want(file('/run/netns.d/lab-web/hosts', '127.0.0.1 localhost\n')),
      want(file('/run/netns.d/lab-web/hosts', 'no newline at the end')),
      want(file('/run/netns.d/lab-web/hosts', 'no newline at the end', '0600')),
      sh('echo theirs >/run/theirs; chmod 4755 /run/theirs'),
      adopt(file('/run/theirs', 'ours\n')),
    ],
  },
  {
    name: 'a program runs, ends, and gets other arguments',
    steps: [
      want(web),
      want(process('lab-web', { argv: ['sleep', '1000'] })),
      want(process('lab-web', { argv: ['sleep', '1001'], hostname: 'web' })),
      sh('kill -9 $(ip netns pids lab-web)'),
      want(process('lab-web', { argv: ['sleep', '1001'], hostname: 'web' })),
      remove(process('lab-web', { argv: ['sleep', '1001'], hostname: 'web' })),
    ],
  },
  {
    name: 'a macvlan in a namespace gets another mode, MAC and MTU',
    steps: [
      sh(NIC),
      want(web),
      want(macvlan('d1', 'private', 1)),
      want(address('lab-web', 'eth0', '10.0.0.5/24')),
      want(macvlan('d1', 'vepa', 2, 1400)),
    ],
  },
  {
    name: 'a macvlan moves to another interface',
    steps: [
      sh(`${NIC}; ip link add name d2 type ifb; ip link set dev d2 up`),
      want(web),
      want(macvlan('d1', 'bridge', 1)),
      want(macvlan('d2', 'bridge', 1)),
    ],
  },
  {
    name: 'an interface of somebody else goes up and down again',
    steps: [sh('ip link add name d2 type ifb'), want(raised('d2'))],
  },
  {
    name: 'a macvlan of the host itself',
    steps: [
      sh(NIC),
      want(child(HOST, { name: 'shim0', kind: 'macvlan', parent: 'd1', mode: 'bridge', mac: macOf(8) })),
      ...on('shim0', '10.0.0.1/32'),
    ],
  },
  {
    name: 'the MTU of an interface is the largest of its macvlans',
    steps: [
      sh(`ip link add name v0 address ${macOf(5)} type veth peer name v1; ip link set dev v0 up`),
      want(web),
      want(macvlan('v0', 'bridge', 1)),
      sh('ip link set dev v0 mtu 1400'),
      want(macvlan('v0', 'bridge', 1)),
    ],
  },
  {
    name: 'an interface is lent with all that it has, and comes back with it',
    steps: [
      sh(`${NIC}; ${BRIDGE}; ip link set dev d1 mtu 1400`),
      sh('ip addr add 192.0.2.1/24 dev d1; ip addr add 2001:db8::1/64 dev d1'),
      sh('ip route add 198.51.100.0/24 via 192.0.2.9; ip -6 route add 2001:db8:5::/48 via 2001:db8::9 dev d1 metric 5'),
      want(web),
      want(nic({ link: 'd1', into: 'lab-web', as: 'eth0', mtu: 1300 })),
      sh('ip -n lab-web link set dev eth0 down'),
      want(nic({ link: 'd1', into: 'lab-web', as: 'eth0', mtu: 1300 })),
    ],
  },
  {
    name: 'an interface is lent that is set otherwise than others, and is so again when it comes back',
    steps: [
      sh(`${NIC}; for s in ipv4/conf/d1/proxy_arp=1 ipv4/conf/d1/rp_filter=2 ipv4/conf/d1/forwarding=1; do
        echo "\${s#*=}" >"/proc/sys/net/\${s%=*}"; done; ip addr add 192.0.2.1/24 dev d1`),
      sh(`for s in accept_ra=2 addr_gen_mode=1 hop_limit=99 forwarding=1; do
        echo "\${s#*=}" >"/proc/sys/net/ipv6/conf/d1/\${s%=*}"; done`),
      want(web),
      want(nic({ link: 'd1', into: 'lab-web', as: 'eth0' })),
    ],
  },
  {
    name: 'an interface that is lent comes back by itself under another name',
    steps: [
      sh(`ip link add name v0 address ${macOf(5)} type veth peer name v1; ip addr add 192.0.2.1/24 dev v0`),
      want(web),
      want(nic({ link: `mac:${macOf(5)}`, into: 'lab-web', as: 'eth0', mac: macOf(6) })),
      sh('ip -n lab-web link set dev eth0 down; ip -n lab-web link set dev eth0 netns 1'),
      remove(nic({ link: `mac:${macOf(5)}`, into: 'lab-web', as: 'eth0', mac: macOf(6) })),
    ],
  },
  {
    name: 'rules of policy routing on the host',
    steps: [
      want(rule(HOST, { family: 4, priority: 500, words: ['not', 'from', '10.0.0.0/8', 'iif', 'lo', 'table', '100'] })),
      want(rule(HOST, { family: 4, priority: 500, words: ['to', '10.0.0.1/32', 'fwmark', '0x5/0xff', 'prohibit'] })),
      sh('ip rule del priority 500 to 10.0.0.1'),
    ],
  },
  {
    name: 'a rule of policy routing in a namespace',
    steps: [
      want(web),
      want(rule('lab-web', { family: 6, priority: 500, words: ['ipproto', 'tcp', 'dport', '80-90', 'table', 'main'] })),
    ],
  },
  {
    name: 'an interface is held to a rate, and to another',
    steps: [
      sh(NIC),
      want(impairment(HOST, { dev: 'd1', tbf: { rate: 10e6, burst: 32768, latency: 50000 } })),
      want(impairment(HOST, { dev: 'd1', tbf: { rate: 123456, burst: 5000, latency: 400000 } })),
      sh('tc qdisc del dev d1 root'),
      want(impairment(HOST, { dev: 'd1', tbf: { rate: 1e9, burst: 500000, latency: 50000 } })),
    ],
  },
];
