import { addressOf, contains, familyOf, networkOf, prefixOf } from '../address.ts';
import type { Scope } from '../command.ts';
import type { Link, LinkAddress, Net, Route, World } from './world.ts';
import { arePeers, emptyNet, findLink } from './world.ts';

// What the kernel does when a command succeeds, including what it drops without being asked.
// Everything here mutates the planner's own copy of the world.

/** The namespace's facts; commands in a namespace that nobody looked at have nothing to show. */
const net = (world: World, scope: Scope): Net => (world.nets[scope] ??= emptyNet());

export function addNamespace(world: World, name: string): void {
  world.namespaces[name] = 'netns';
  const made = emptyNet();
  made.links.push({ name: 'lo', index: 1, mac: '', mtu: 65536, up: false, group: 0, addresses: [] });
  world.nft[name] = { tables: [], chains: [] };
  world.nets[name] = made;
}

/** Veth ends elsewhere whose other end was inside go too, and its program is no longer in a namespace of that name. */
export function removeNamespace(world: World, name: string): void {
  const inside = world.nets[name]?.links ?? [];
  delete world.nets[name];
  delete world.namespaces[name];
  delete world.processes[name];
  for (const key of Object.keys(world.leases)) if (key.startsWith(`${name} `)) delete world.leases[key];
  delete world.engineHosts[name];
  delete world.rules[name];
  for (const key of Object.keys(world.qdiscs)) if (key.startsWith(`${name} `)) delete world.qdiscs[key];
  dropSysctls(world, `${name} `);
  delete world.nft[name];
  for (const link of inside) if (link.peer !== undefined) dropPeer(world, name, link);
}

/** An engine's container ends, or is started anew: its name in /run/netns stays, and leads nowhere. */
export function endNamespace(world: World, name: string): void {
  const sort = world.namespaces[name];
  removeNamespace(world, name);
  if (sort !== undefined) world.namespaces[name] = sort;
}

/** A link's own parameters go with it. */
function dropLinkSysctls(world: World, scope: Scope, name: string): void {
  for (const family of [4, 6])
    for (const part of ['conf', 'neigh']) dropSysctls(world, `${scope} net/ipv${family}/${part}/${name}/`);
}

function dropSysctls(world: World, prefix: string): void {
  for (const key of Object.keys(world.sysctls)) if (key.startsWith(prefix)) delete world.sysctls[key];
}

/** A new link, down and without addresses; its index is a stand-in until the kernel gives one. */
export function addLink(world: World, scope: Scope, link: Omit<Link, 'index' | 'addresses'>): Link {
  const { links, forwarding } = net(world, scope);
  nextIndex -= 1;
  const made: Link = { ...link, index: nextIndex, addresses: [], fresh: true };
  links.push(made);
  forwarding[4][link.name] = forwarding[4].default ?? false;
  forwarding[6][link.name] = forwarding[6].default ?? false;
  return made;
}

let nextIndex = 0;

/** Makes two links the ends of one veth. */
export function pair(world: World, a: [Scope, Link], b: [Scope, Link]): void {
  const named = (scope: Scope): Scope | undefined => (a[0] === b[0] || scope === '' ? undefined : scope);
  replaceLink(world, a[0], { ...a[1], peer: b[1].index, peerScope: named(b[0]) });
  replaceLink(world, b[0], { ...b[1], peer: a[1].index, peerScope: named(a[0]) });
}

function replaceLink(world: World, scope: Scope, link: Link): void {
  const { links } = net(world, scope);
  links[links.findIndex(({ index }) => index === link.index)] = link;
}

/** With the link go its addresses, the routes through it and the other end of a veth, which a caller may know. */
export function removeLink(world: World, scope: Scope, name: string, end?: readonly [Scope, string]): void {
  const here = net(world, scope);
  const link = findLink(world, scope, name);
  if (!link) return;
  delete world.qdiscs[`${scope} ${name}`];
  dropLinkSysctls(world, scope, name);
  if (scope === '') delete world.portVlans[name];
  here.links = here.links.filter((other) => other !== link);
  here.routes = here.routes.filter((route) => route.dev !== name);
  for (const family of [4, 6] as const) delete here.forwarding[family][name];
  for (const other of here.links) if (other.master === name) other.master = undefined;
  for (const [where, child] of carriedBy(world, scope, link)) removeLink(world, where, child.name);
  if (scope === '') {
    world.proxies = world.proxies.filter(({ dev }) => dev !== name);
    delete world.floods[name];
  }
  if (end) removeLink(world, ...end);
  else if (link.kind === 'veth' || link.kind === undefined) dropPeer(world, scope, link);
}

/** The links that another carries: macvlans, VLANs and the like. */
const carriedBy = (world: World, scope: Scope, { index }: Link): [Scope, Link][] =>
  Object.entries(world.nets).flatMap(([where, { links }]) =>
    links
      .filter(({ parent }) => parent?.scope === scope && parent.index === index)
      .map((link): [Scope, Link] => [where, link]),
  );

/** An interface goes to another namespace: down, and without addresses, routes, master and what else was there. */
export function moveLink(world: World, from: Scope, name: string, to: Scope, newName: string): void {
  const link = findLink(world, from, name);
  if (!link) return;
  delete world.qdiscs[`${from} ${name}`];
  dropLinkSysctls(world, from, name);
  const here = net(world, from);
  here.links = here.links.filter((other) => other !== link);
  here.routes = here.routes.filter((route) => route.dev !== name);
  const { forwarding } = net(world, to);
  for (const family of [4, 6] as const) {
    delete here.forwarding[family][name];
    forwarding[family][newName] = forwarding[family].default ?? false;
  }
  const other = Object.entries(world.nets)
    .flatMap(([scope, { links }]) => links.map((end): [Scope, Link] => [scope, end]))
    .find((end) => arePeers([from, link], end));
  nextIndex -= 1;
  const lost = { up: false, master: undefined, isolated: undefined, addresses: [] };
  const moved: Link = { ...link, ...lost, name: newName, index: nextIndex, fresh: true };
  net(world, to).links.push(moved);
  if (other) pair(world, [to, moved], other);
}

/** Where several links may be the other end, which one it is remains unknown. */
function dropPeer(world: World, from: Scope, gone: Link): void {
  const ends = Object.entries(world.nets).flatMap(([scope, { links }]) =>
    links.filter((link) => arePeers([from, gone], [scope, link])).map(({ name }) => [scope, name] as const),
  );
  const [end] = ends;
  if (end && ends.length === 1) removeLink(world, ...end);
}

/** The smallest MTU with which a link can have IPv6 (RFC 8200, section 5). */
export const MIN_MTU_IPV6 = 1280;

/** Changes fields of a link; an MTU too small for IPv6 drops IPv6 from it, and so does taking it down. */
export function changeLink(
  world: World,
  scope: Scope,
  name: string,
  change: Partial<Pick<Link, 'mac' | 'mtu' | 'up' | 'master' | 'alias' | 'group' | 'isolated' | 'filtering'>>,
): void {
  const link = findLink(world, scope, name);
  if (!link) return;
  const before = { ...link };
  Object.assign(link, change);
  if (link.master !== before.master) {
    link.isolated = undefined;
    if (scope === '') delete world.portVlans[name];
  }
  for (const [where, child] of carriedBy(world, scope, link)) {
    // A VLAN follows the link that carries it up and down; no child is larger.
    if (child.kind === 'vlan' && link.up !== before.up) changeLink(world, where, child.name, { up: link.up });
    if (child.mtu > link.mtu) changeLink(world, where, child.name, { mtu: link.mtu });
  }
  const { forwarding } = net(world, scope);
  if (link.mtu < MIN_MTU_IPV6) delete forwarding[6][name];
  else if (before.mtu < MIN_MTU_IPV6) forwarding[6][name] = forwarding[6].default ?? false;
  if (link.mtu < MIN_MTU_IPV6 || !link.up) dropIPv6(world, scope, link);
  const here = net(world, scope);
  if (!link.up) here.routes = here.routes.filter((route) => route.dev !== name);
  else if (!before.up) for (const address of link.addresses) connect(world, scope, link, address);
}

function dropIPv6(world: World, scope: Scope, link: Link): void {
  const here = net(world, scope);
  link.addresses = link.addresses.filter(({ cidr }) => familyOf(cidr) === 4);
  here.routes = here.routes.filter((route) => route.dev !== link.name || route.family === 4);
}

export function addAddress(world: World, scope: Scope, name: string, cidr: string, automatic = false): void {
  const link = findLink(world, scope, name);
  if (!link) return;
  const secondary = familyOf(cidr) === 4 && link.addresses.some((other) => networkOf(other.cidr) === networkOf(cidr));
  const address = { cidr, secondary, automatic, failed: false };
  link.addresses.push(address);
  connect(world, scope, link, address);
}

/** The route to its subnet that the kernel gives to an address whose link is up. */
function connect(world: World, scope: Scope, { name, up }: Link, { cidr, secondary }: LinkAddress): void {
  const family = familyOf(cidr);
  if (!up || secondary || (family === 4 && prefixOf(cidr) === 32)) return;
  const common = {
    family,
    to: networkOf(cidr),
    dev: name,
    table: 'main',
    protocol: 'kernel',
    type: 'unicast',
    onlink: false,
  };
  const { routes } = net(world, scope);
  if (routes.some(({ to, dev, protocol }) => to === common.to && dev === name && protocol === 'kernel')) return;
  routes.push({ ...common, ...(family === 4 ? { metric: 0, src: addressOf(cidr), scope: 'link' } : { metric: 256 }) });
}

/** What went with an address. */
export interface Lost {
  readonly addresses: readonly string[];
  /** Routes that somebody made, and not the kernel itself. */
  readonly routes: readonly Route[];
}

/**
 * With a primary IPv4 address go its secondaries (unless promote_secondaries is set), the subnet's route, and routes
 * that have it as their source; with the last one all IPv4 routes of the link. IPv6 routes merely forget their source.
 */
export function removeAddress(world: World, scope: Scope, name: string, cidr: string): Lost {
  const link = findLink(world, scope, name);
  const here = net(world, scope);
  const found = link?.addresses.find((address) => address.cidr === cidr);
  if (!link || !found) return { addresses: [], routes: [] };
  const family = familyOf(cidr);
  const subnet = networkOf(cidr);
  const follows = (other: LinkAddress): boolean =>
    family === 4 && !found.secondary && other.secondary && networkOf(other.cidr) === subnet;
  const gone = link.addresses.filter((other) => other === found || follows(other));
  link.addresses = link.addresses.filter((other) => !gone.includes(other));
  // As long as another link has the same address, the kernel keeps what is sent from it.
  const elsewhere = new Set(here.links.flatMap(({ addresses }) => addresses.map((other) => addressOf(other.cidr))));
  const sources = gone.map((other) => addressOf(other.cidr)).filter((address) => !elsewhere.has(address));
  const last = family === 4 && !link.addresses.some((other) => familyOf(other.cidr) === 4);
  const subnetStays = link.addresses.some((other) => networkOf(other.cidr) === subnet);
  const dropped = here.routes.filter((route) => {
    if (route.family !== family) return false;
    if (route.protocol === 'kernel' && route.dev === name && route.to === subnet) return !subnetStays;
    return family === 4 && ((last && route.dev === name) || (route.src !== undefined && sources.includes(route.src)));
  });
  here.routes = here.routes
    .filter((route) => !dropped.includes(route))
    .map((route) => (route.family === 6 && route.src === addressOf(cidr) ? { ...route, src: undefined } : route));
  return {
    addresses: gone.filter((other) => other !== found).map((other) => other.cidr),
    routes: dropped.filter((route) => route.protocol !== 'kernel'),
  };
}

/** A gateway alone tells the kernel the link; IPv6 has even routes to nowhere on `lo`. */
export function addRoute(world: World, scope: Scope, route: Route): void {
  const { routes } = net(world, scope);
  const { family, via, type } = route;
  const nowhere = family === 6 && type !== 'unicast' ? 'lo' : undefined;
  routes.push({ ...route, dev: route.dev ?? (via === undefined ? nowhere : linkTo(routes, via)) });
}

/** The link on which a gateway is: that of the longest prefix that needs no gateway itself. */
const linkTo = (routes: readonly Route[], via: string): string | undefined =>
  routes
    .filter(
      ({ to, via: other, table }) => other === undefined && table === 'main' && to !== 'default' && contains(to, via),
    )
    .toSorted((a, b) => prefixOf(b.to) - prefixOf(a.to))[0]?.dev;

export function removeRoute(world: World, scope: Scope, route: Route): void {
  const here = net(world, scope);
  here.routes = here.routes.filter((other) => other !== route);
}

/** Writing `all` writes every interface and `default` too (Documentation/networking/ip-sysctl.rst). */
export function setForwarding(world: World, scope: Scope, family: 4 | 6, on: boolean): void {
  const { links, forwarding } = net(world, scope);
  for (const name of ['all', 'default', ...links.map((link) => link.name), ...Object.keys(forwarding[family])]) {
    forwarding[family][name] = on;
  }
  if (family === 4) world.sysctls[`${scope} net/ipv4/conf/all/accept_redirects`] = on ? '0' : '1';
}
