import { readAddress, readCidr } from '../address.ts';
import type { Family, Link, LinkAddress, Net, Route } from './world.ts';
import { emptyNet } from './world.ts';

/** The `ip -batch` lines that show one network namespace; their answers come as one JSON value each. */
export const NET_QUERIES = ['addr show', 'route show table all', 'netconf show'] as const;

/** One more line, which tells the names of other namespaces: it looks at every one of them. */
export const NAMES_QUERY = 'netns list-id';

interface IpLink {
  ifname: string;
  ifindex: number;
  /** The other end: by index, or by name where it is in the same namespace. */
  link_index?: number;
  link?: string;
  /** The namespace of the other end, by the number that it has in this one. */
  link_netnsid?: number;
  flags: string[];
  mtu: number;
  master?: string;
  group?: string;
  address?: string;
  ifalias?: string;
  linkinfo?: {
    info_kind?: string;
    info_data?: {
      mode?: string;
      id?: number;
      vlan_filtering?: number;
      port?: number;
      local?: string;
      local6?: string;
    };
    info_slave_data?: { isolated?: boolean };
  };
  addr_info?: IpAddress[];
}

interface IpAddress {
  family?: string;
  local?: string;
  prefixlen?: number;
  scope?: string;
  secondary?: boolean;
  dynamic?: boolean;
  dadfailed?: boolean;
  nodad?: boolean;
  protocol?: string;
}

interface IpRoute {
  type?: string;
  dst: string;
  gateway?: string;
  via?: { host?: string };
  nexthops?: { dev?: string }[];
  dev?: string;
  metric?: number;
  table?: string;
  prefsrc?: string;
  protocol?: string;
  scope?: string;
  flags?: string[];
  pref?: string;
}

interface IpNetconf {
  family?: string;
  interface?: string;
  forwarding?: boolean;
}

interface IpNetns {
  nsid?: number;
  name?: string;
}

/** Reads what `ip -j -batch` printed for NET_QUERIES, and for NAMES_QUERY if that was asked. */
export function parseNet(text: string, scope = ''): Net {
  const [links, routes, netconf, others] = jsonValues(text) as [IpLink[]?, IpRoute[]?, IpNetconf[]?, IpNetns[]?];
  const net = emptyNet();
  const found = (links ?? []).filter((link) => 'ifname' in link);
  const indexes = new Map(found.map(({ ifname, ifindex }) => [ifname, ifindex]));
  const names = new Map((others ?? []).map(({ nsid, name }) => [nsid, name]));
  net.links = found.map((link) => {
    const peerScope = peerScopeOf(link, names);
    return { ...parseLink(link, indexes), peerScope, ...stacked(link, indexes, scope, peerScope) };
  });
  net.routes = (routes ?? []).filter((route) => 'dst' in route).flatMap(parseRoute);
  for (const { family, interface: name, forwarding } of netconf ?? []) {
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
      automatic: address.dynamic === true || isLoopback(cidr) || isLinkLocalOf(mac, address.local ?? ''),
      failed: address.dadfailed === true,
      ...(address.nodad === true ? { nodad: true } : {}),
    },
  ];
}

const isLoopback = (cidr: string): boolean => cidr === '127.0.0.1/8' || cidr === '::1/128';

/** Whether it is the link-local address that the kernel derives from a MAC (RFC 4291, appendix A). */
function isLinkLocalOf(mac: string, address: string): boolean {
  if (!address.startsWith('fe80:')) return false;
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  if (bytes.length !== 6) return false;
  const [a, b, c, d, e, f] = bytes as [number, number, number, number, number, number];
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return readAddress(`fe80::${words.map((word) => word.toString(16)).join(':')}`) === address;
}

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
function jsonValues(text: string): unknown[] {
  const lines = text.replace(/\n$/, '').split('\n');
  // It stops at the first query that fails: half an answer would look like links without routes.
  if (lines.length < NET_QUERIES.length) throw new Error(`${lines.length} of ${NET_QUERIES.length} answers`);
  return lines.map((line) => (line.trim() === '' ? [] : (JSON.parse(line) as unknown)));
}
