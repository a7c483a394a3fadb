import { contains, familyOf, networkOf } from '../address.ts';
import type { Scope } from '../command.ts';
import type { Link, Net, Route, World } from './world.ts';
import { emptyNet, findLink } from './world.ts';

// What the kernel does when a command succeeds, including what it drops without being asked.
// Everything here mutates the planner's own copy of the world.

/** The namespace's facts; commands in a namespace that nobody looked at have nothing to show. */
const net = (world: World, scope: Scope): Net => (world.nets[scope] ??= emptyNet());

export function addNamespace(world: World, name: string): void {
  world.namespaces[name] = 'netns';
  const made = emptyNet();
  made.links.push({ name: 'lo', index: 1, mac: '', mtu: 65536, up: false, group: 0, addresses: [] });
  world.nets[name] = made;
}

/** Veth ends elsewhere whose other end was inside go too. */
export function removeNamespace(world: World, name: string): void {
  const inside = world.nets[name]?.links ?? [];
  delete world.nets[name];
  delete world.namespaces[name];
  for (const link of inside) if (link.peer !== undefined) dropPeer(world, link);
}

/** A new link, down and without addresses; its index is a stand-in until the kernel gives one. */
export function addLink(world: World, scope: Scope, link: Omit<Link, 'index' | 'addresses'>): Link {
  const { links, forwarding } = net(world, scope);
  nextIndex -= 1;
  const made: Link = { ...link, index: nextIndex, addresses: [] };
  links.push(made);
  forwarding[4][link.name] = forwarding[4]['default'] ?? false;
  forwarding[6][link.name] = forwarding[6]['default'] ?? false;
  return made;
}

let nextIndex = 0;

/** Makes two links the ends of one veth. */
export function pair(world: World, a: [Scope, Link], b: [Scope, Link]): void {
  replaceLink(world, a[0], { ...a[1], peer: b[1].index });
  replaceLink(world, b[0], { ...b[1], peer: a[1].index });
}

function replaceLink(world: World, scope: Scope, link: Link): void {
  const { links } = net(world, scope);
  links[links.findIndex(({ index }) => index === link.index)] = link;
}

/** With the link go its addresses, the routes through it and the other end of a veth. */
export function removeLink(world: World, scope: Scope, name: string): void {
  const here = net(world, scope);
  const link = findLink(world, scope, name);
  if (!link) return;
  here.links = here.links.filter((other) => other !== link);
  here.routes = here.routes.filter((route) => route.dev !== name);
  for (const other of here.links) if (other.master === name) other.master = undefined;
  if (link.kind === 'veth' || link.kind === undefined) dropPeer(world, link);
}

function dropPeer(world: World, gone: Link): void {
  for (const [scope, { links }] of Object.entries(world.nets)) {
    const end = links.find((link) => link.index === gone.peer && link.peer === gone.index && link !== gone);
    if (end) removeLink(world, scope, end.name);
  }
}

/** Changes fields of a link; a smaller MTU than IPv6 allows drops IPv6 from it (RFC 8200, section 5). */
export function changeLink(
  world: World,
  scope: Scope,
  name: string,
  change: Partial<Pick<Link, 'mac' | 'mtu' | 'up' | 'master' | 'alias' | 'group'>>,
): void {
  const link = findLink(world, scope, name);
  if (!link) return;
  Object.assign(link, change);
  const here = net(world, scope);
  if (link.mtu < 1280 || !link.up) {
    link.addresses = link.addresses.filter(({ cidr }) => familyOf(cidr) === 4);
    here.routes = here.routes.filter((route) => route.dev !== name || route.family === 4);
  }
  if (!link.up) here.routes = here.routes.filter((route) => route.dev !== name);
}

export function addAddress(world: World, scope: Scope, name: string, cidr: string): void {
  const link = findLink(world, scope, name);
  if (!link) return;
  const secondary =
    familyOf(cidr) === 4 && link.addresses.some((other) => networkOf(other.cidr) === networkOf(cidr));
  link.addresses.push({ cidr, secondary, automatic: false, failed: false });
}

/**
 * With a primary IPv4 address go its secondaries (promote_secondaries is 0 by default), the subnet's route, routes
 * that have it as their source or need it to reach their gateway; with the last address of a family all its routes.
 * Returns the routes that were lost.
 */
export function removeAddress(world: World, scope: Scope, name: string, cidr: string): Route[] {
  const link = findLink(world, scope, name);
  const here = net(world, scope);
  const found = link?.addresses.find((address) => address.cidr === cidr);
  if (!link || !found) return [];
  const family = familyOf(cidr);
  const subnet = networkOf(cidr);
  const gone = (other: string, secondary: boolean): boolean =>
    other === cidr || (family === 4 && !found.secondary && secondary && networkOf(other) === subnet);
  const lost = link.addresses.filter((address) => gone(address.cidr, address.secondary)).map(({ cidr: c }) => c);
  link.addresses = link.addresses.filter((address) => !gone(address.cidr, address.secondary));
  const bare = lost.map((text) => text.split('/')[0]);
  const last = family === 4 && !link.addresses.some((address) => familyOf(address.cidr) === 4);
  const subnetStays = link.addresses.some((address) => networkOf(address.cidr) === subnet);
  const dropped = here.routes.filter((route) => {
    if (route.family !== family || (route.dev !== name && !(route.src && bare.includes(route.src)))) return false;
    if (last || (route.src !== undefined && bare.includes(route.src))) return true;
    if (route.protocol === 'kernel') return route.to === subnet && !subnetStays;
    return false;
  });
  here.routes = here.routes.filter((route) => !dropped.includes(route));
  return dropped.filter((route) => route.protocol !== 'kernel');
}

export function addRoute(world: World, scope: Scope, route: Route): void {
  net(world, scope).routes.push(route);
}

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

/** Whether an address of the link makes the network reachable without a route of ours. */
export const onLink = (link: Link, network: string): boolean =>
  link.addresses.some(({ cidr }) => familyOf(cidr) === familyOf(network) && contains(networkOf(cidr), network));
