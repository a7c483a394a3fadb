import { addressOf, linkLocalOf, readAddress, readCidr, readMac } from '../address.ts';
import type { Family, Link, LinkAddress, Net, Route } from './world.ts';
import { readShaped, type Shaped } from './shape.ts';
import { emptyNet } from './world.ts';

/** The `ip -batch` lines that show one network namespace; their answers come as one JSON value each. */
export const NET_QUERIES = ['addr show', 'route show table all', 'netconf show'] as const;

/** One more line, which tells the names of other namespaces: it looks at every one of them. */
export const NAMES_QUERY = 'netns list-id';

const LINKS = [
  {
    ifname: 'text',
    ifindex: 'count',
    // The other end: by index, or by name where it is in the same namespace.
    'link_index?': 'count',
    'link?': 'text',
    // The namespace of the other end, by the number that it has in this one.
    'link_netnsid?': 'integer',
    flags: ['text'],
    mtu: 'count',
    'master?': 'text',
    'group?': 'text',
    'address?': 'text',
    'ifalias?': 'text',
    'linkinfo?': {
      'info_kind?': 'text',
      'info_data?': {
        'mode?': 'text',
        'id?': 'count',
        'vlan_filtering?': 'count',
        'port?': 'count',
        'local?': 'text',
        'local6?': 'text',
      },
      'info_slave_data?': { 'isolated?': 'flag' },
    },
    'addr_info?': [
      {
        'local?': 'text',
        'prefixlen?': 'count',
        'secondary?': 'flag',
        'dynamic?': 'flag',
        'dadfailed?': 'flag',
        'nodad?': 'flag',
      },
    ],
  },
] as const;

const ROUTES = [
  {
    'type?': 'text',
    dst: 'text',
    'gateway?': 'text',
    'via?': { 'host?': 'text' },
    'nexthops?': [{ 'dev?': 'text' }],
    'dev?': 'text',
    'metric?': 'count',
    'table?': 'text',
    'prefsrc?': 'text',
    'protocol?': 'text',
    'scope?': 'text',
    'flags?': ['text'],
    'pref?': 'text',
  },
] as const;

const NETCONF = [{ 'family?': 'text', 'interface?': 'text', 'forwarding?': 'flag' }] as const;
const NAMES = [{ 'nsid?': 'integer', 'name?': 'text' }] as const;

type IpLink = Shaped<typeof LINKS>[number];
type IpAddress = NonNullable<IpLink['addr_info']>[number];
type IpRoute = Shaped<typeof ROUTES>[number];

/** Reads what `ip -j -batch` printed for NET_QUERIES, and for NAMES_QUERY if that was asked. */
export function parseNet(text: string, scope = ''): Net {
  const [links = '', routes = '', netconf = '', others = ''] = answers(text);
  const net = emptyNet();
  const found = readShaped(links, LINKS, '[]').filter((link) => 'ifname' in link);
  const indexes = new Map(found.map(({ ifname, ifindex }) => [ifname, ifindex]));
  const names = new Map(readShaped(others, NAMES, '[]').map(({ nsid, name }) => [nsid, name]));
  net.links = found.map((link) => {
    const peerScope = peerScopeOf(link, names);
    return { ...parseLink(link, indexes), peerScope, ...stacked(link, indexes, scope, peerScope) };
  });
  net.routes = readShaped(routes, ROUTES, '[]')
    .filter((route) => 'dst' in route)
    .flatMap(parseRoute);
  for (const { family, interface: name, forwarding } of readShaped(netconf, NETCONF, '[]')) {
    if (name === undefined || forwarding === undefined) continue;
    if (family === 'inet') net.forwarding[4][name] = forwarding;
    if (family === 'inet6') net.forwarding[6][name] = forwarding;
  }
  return net;
}

const peerScopeOf = ({ link_netnsid: id }: IpLink, names: ReadonlyMap<number | undefined, string | undefined>) =>
  id === undefined ? undefined : names.get(id);

function parseLink(link: IpLink, indexes: ReadonlyMap<string, number>): Link {
  const mac = link.address ?? '';
  return {
    name: link.ifname,
    index: link.ifindex,
    kind: link.linkinfo?.info_kind,
    mac,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    master: link.master,
    peer: link.link_index ?? (link.link === undefined ? undefined : indexes.get(link.link)),
    isolated: link.linkinfo?.info_slave_data?.isolated === true || undefined,
    vxlan: vxlanOf(link),
    group: Number(link.group === 'default' ? 0 : (link.group ?? 0)),
    alias: link.ifalias,
    addresses: (link.addr_info ?? []).flatMap((address) => parseAddress(address, mac)),
  };
}

/** What only links have that another carries, and bridges. */
function stacked(link: IpLink, indexes: ReadonlyMap<string, number>, own: string, other: string | undefined) {
  const { info_kind: kind = '', info_data: data } = link.linkinfo ?? {};
  if (kind === 'bridge') return { filtering: data?.vlan_filtering === 1 || undefined };
  if (!STACKED.has(kind)) return {};
  const here = link.link === undefined ? undefined : indexes.get(link.link);
  const index = here ?? link.link_index;
  const parent = index === undefined ? undefined : { scope: here === undefined ? (other ?? '') : own, index };
  // What carries it is no other end of it.
  return { peer: undefined, parent, mode: data?.mode, vlan: data?.id };
}

/** Kinds of links that go when the link goes that carries them. */
const STACKED: ReadonlySet<string> = new Set(['vlan', 'macvlan', 'ipvlan']);

function vxlanOf({ linkinfo }: IpLink): Link['vxlan'] {
  if (linkinfo?.info_kind !== 'vxlan') return undefined;
  const { id = 0, port = 0, local, local6 } = linkinfo.info_data ?? {};
  return { id, port, local: readAddress(local ?? local6 ?? '') };
}

function parseAddress(address: IpAddress, mac: string): LinkAddress[] {
  const cidr = readCidr(`${address.local}/${address.prefixlen}`);
  if (cidr === undefined) return [];
  return [
    {
      cidr,
      secondary: address.secondary === true,
      automatic: address.dynamic === true || isLoopback(cidr) || isLinkLocalOf(mac, cidr),
      failed: address.dadfailed === true,
      ...(address.nodad === true ? { nodad: true } : {}),
    },
  ];
}

const isLoopback = (cidr: string): boolean => cidr === '127.0.0.1/8' || cidr === '::1/128';

const isLinkLocalOf = (mac: string, cidr: string): boolean =>
  cidr.startsWith('fe80:') && readMac(mac) !== undefined && linkLocalOf(mac) === addressOf(cidr);

/** What a route has that we read; anything else makes it opaque. */
const READ = new Set('type dst gateway dev metric table prefsrc protocol scope flags pref'.split(' '));

function parseRoute(route: IpRoute): Route[] {
  const via = route.gateway ?? route.via?.host;
  // iproute2 prints "pref" for IPv6 routes only; "default" alone tells no family.
  const family: Family = route.pref !== undefined || route.dst.includes(':') ? 6 : 4;
  const to = route.dst === 'default' ? 'default' : networkText(route.dst, family);
  if (to === undefined) return [];
  const [dev, ...others] = new Set(route.nexthops?.map((hop) => hop.dev) ?? [route.dev]);
  const opaque = Object.keys(route).some((key) => !READ.has(key)) || (route.pref ?? 'medium') !== 'medium';
  return [
    {
      family,
      to,
      via,
      dev: others.length === 0 ? dev : undefined,
      metric: route.metric ?? (family === 6 ? 1024 : 0),
      table: route.table ?? 'main',
      src: route.prefsrc,
      protocol: route.protocol ?? 'boot',
      type: route.type ?? 'unicast',
      scope: route.scope,
      onlink: route.flags?.includes('onlink') ?? false,
      ...(opaque ? { opaque } : {}),
    },
  ];
}

function networkText(dst: string, family: Family): string | undefined {
  const full = dst.includes('/') ? dst : `${dst}/${family === 4 ? 32 : 128}`;
  return readCidr(full);
}

/** A JSON array in a line for each query, as `ip -j -batch` prints them; an empty answer is `[]` or a blank line. */
function answers(text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  // It stops at the first query that fails: half an answer would look like links without routes.
  if (lines.length < NET_QUERIES.length) throw new Error(`${lines.length} of ${NET_QUERIES.length} answers`);
  return lines;
}
