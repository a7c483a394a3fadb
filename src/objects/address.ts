import { addressOf, contains, familyOf, isLinkLocal, linkLocalOf, networkOf, overlaps, prefixOf } from '../address.ts';
import { HOST, type Command, type Scope } from '../command.ts';
import { addAddress, addRoute, MIN_MTU_IPV6, removeAddress, type Lost } from '../facts/effects.ts';
import { findLink, type Link, type Route, type World } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Wanted } from '../object.ts';
import { inScope, refuse } from '../object.ts';
import { linkAlias } from './marks.ts';
import { ROUTE_PROTOCOL, routeCommand, routeName } from './route.ts';

interface Address {
  readonly dev: string;
  /** Canonical `address/prefix`. */
  readonly cidr: string;
}

/** An address on a link. On links that we made nobody else can have it, so no duplicate address detection. */
export const address = (scope: Scope, dev: string, cidr: string): Wanted<Address> => ({
  type: 'address',
  scope,
  data: { dev, cidr },
});

/** `replace` is `add` that does not mind if the address is there. */
export const addressCommand = (verb: 'add' | 'replace' | 'del', scope: Scope, { dev, cidr }: Address): Command => ({
  do: 'ip',
  scope,
  argv: ['addr', verb, cidr, 'dev', dev, ...(verb !== 'del' && familyOf(cidr) === 6 ? ['nodad'] : [])],
});

export const addressType: ObjectType<Address> = {
  type: 'address',
  volatile: true,
  shared: false,
  id: ({ dev, cidr }) => `${dev} ${cidr}`,
  reads: ({ scope }) => [{ fact: 'net', scope }],
  // Of two links in one subnet the kernel asks the first, and with that go the routes that were made by way of it.
  holds: ({ scope, data: { dev, cidr } }) =>
    scope === HOST && bringsNetwork(cidr)
      ? [{ what: `the subnet ${networkOf(cidr)}`, by: dev, subnet: networkOf(cidr) }]
      : [],
  diff({ scope, data }, ground) {
    const { world } = ground;
    const link = findLink(world, scope, data.dev);
    if (!link) return refuse('MISSING_LINK', `there is no link ${data.dev}${inScope(scope)}`);
    const found = link.addresses.find(({ cidr }) => cidr === data.cidr);
    if (found?.failed) {
      return refuse('ADDRESS_IN_USE', `somebody else on ${data.dev} already has ${data.cidr}`);
    }
    if (found) return [];
    const rival = scope === HOST ? rivalOf(data, ground) : undefined;
    if (rival) {
      return refuse(
        'SUBNET_IN_USE',
        `${data.cidr} on ${data.dev} shares addresses with ${rival.to}, which this host has on ${rival.dev}`,
        'choose another subnet: the host sends packets for an address one way only',
      );
    }
    if (familyOf(data.cidr) === 6 && link.mtu < MIN_MTU_IPV6) {
      return refuse(
        'MTU_TOO_SMALL',
        `${data.dev} has an MTU of ${link.mtu}; IPv6 needs at least ${MIN_MTU_IPV6} (RFC 8200)`,
      );
    }
    const automatic = linkLocalOfNew(data, link, ground);
    const change: Change = {
      verb: '+',
      what: data.cidr,
      why: 'missing',
      commands: [
        // One that the kernel is checking already stays as it is until it goes.
        ...automatic.flatMap((cidr) =>
          (['replace', 'del', 'replace'] as const).map((verb) => addressCommand(verb, scope, { dev: data.dev, cidr })),
        ),
        addressCommand('add', scope, data),
      ],
      undo: [addressCommand('del', scope, data)],
      effect: (after) => {
        for (const cidr of automatic) addAddress(after, scope, data.dev, cidr, true);
        addAddress(after, scope, data.dev, data.cidr);
      },
    };
    return [change];
  },
  before({ scope, data }, { world, entry }) {
    const found = findLink(world, scope, data.dev)?.addresses.some(({ cidr }) => cidr === data.cidr);
    return found === true && entry === undefined ? 'foreign' : {};
  },
  remove({ scope, data }, { world, others }) {
    const found = findLink(world, scope, data.dev)?.addresses.some(({ cidr }) => cidr === data.cidr);
    if (found !== true || others.length > 0) return [];
    const { lost, back } = parting(world, scope, data);
    const stranded = lost.routes.find((route) => !isOurs(route) && !back.routes.includes(route));
    if (stranded) {
      return refuse(
        'FOREIGN_OBJECT',
        `the ${routeName(stranded)}${inScope(scope)} is not ours and would go with ${data.cidr} of ${data.dev}`,
        'remove it by hand, or give it another way',
      );
    }
    return [removal(scope, data, lost, back, sourced(world, scope, data.cidr))];
  },
};

/**
 * A host that forwards IPv6 asks for a neighbour from its link-local address (ndisc_solicit in the kernel), and while that is
 * tentative, for a second or two after the link came up, it does not ask: what is sent to a new container is lost. So a link
 * of ours gets the one that the kernel would give it, without that wait, before the kernel does. A VLAN or ipvlan has the MAC
 * of its carrier, and with it perhaps a neighbour.
 */
function linkLocalOfNew({ cidr }: Address, link: Link, ground: Ground): string[] {
  const { fresh, group, kind, mac, addresses } = link;
  const has = [cidr, ...addresses.map((other) => other.cidr)].some((one) => familyOf(one) === 6 && isLinkLocal(one));
  if (familyOf(cidr) === 4 || has || fresh !== true || group !== ground.group || mac === '') return [];
  return kind === undefined || kind === 'vlan' || kind === 'ipvlan' ? [] : [`${linkLocalOf(mac)}/64`];
}

/** A single address brings none, and the link-local one is on every link. */
const bringsNetwork = (cidr: string): boolean =>
  prefixOf(cidr) !== (familyOf(cidr) === 4 ? 32 : 128) && !isLinkLocal(cidr);

/** A network of somebody else's link that shares addresses with ours: the host would lose one of them. */
function rivalOf({ dev, cidr }: Address, { world, group, lab }: Ground): Route | undefined {
  const network = networkOf(cidr);
  if (!bringsNetwork(cidr)) return undefined;
  // One mark of ours may have been taken off.
  const isOthers = (link: Link | undefined): boolean => link?.group !== group && link?.alias !== linkAlias(lab);
  return world.nets[HOST]?.routes.find(
    (route) =>
      route.protocol === 'kernel' &&
      route.table === 'main' &&
      route.dev !== dev &&
      route.to !== 'default' &&
      overlaps(route.to, network) &&
      isOthers(findLink(world, HOST, route.dev ?? '')),
  );
}

/** What goes with an address, and what of it can be brought back. */
function parting(world: World, scope: Scope, { dev, cidr }: Address): { readonly lost: Lost; readonly back: Lost } {
  // Only this namespace can lose anything, so only it is copied to find out.
  const copy = { ...world, nets: { [scope]: structuredClone(world.nets[scope]!) } };
  const lost = removeAddress(copy, scope, dev, cidr);
  return { lost, back: restore(copy, scope, dev, lost) };
}

/** What brings back of ours what goes with an address that somebody else takes away. */
export function bringBack(world: World, scope: Scope, data: Address): Command[] {
  const { back } = parting(world, scope, data);
  return bringing(scope, data.dev, { ...back, routes: back.routes.filter(isOurs) });
}

/** The same, in the facts. */
export function loseAddress(world: World, scope: Scope, { dev, cidr }: Address): void {
  const lost = removeAddress(world, scope, dev, cidr);
  restore(world, scope, dev, { ...lost, routes: lost.routes.filter(isOurs) });
}

const isOurs = ({ protocol }: Route): boolean => protocol === ROUTE_PROTOCOL;

/** Where the kernel promotes secondaries they are still there, and the routes with them. */
const bringing = (scope: Scope, dev: string, { addresses, routes }: Lost): Command[] => [
  ...addresses.map((cidr) => addressCommand('replace', scope, { dev, cidr })),
  ...routes.map((route) => routeCommand('replace', scope, route)),
];

/** Brings back what can be brought back without the address, and says what that was. */
function restore(world: World, scope: Scope, dev: string, { addresses, routes }: Lost): Lost {
  for (const cidr of addresses) addAddress(world, scope, dev, cidr);
  // Device routes first: gateways may be reached through them.
  const restored = routes.toSorted((a, b) => Number(a.via !== undefined) - Number(b.via !== undefined));
  return {
    addresses,
    routes: restored.filter((route) => isPossible(world, scope, route) && (addRoute(world, scope, route), true)),
  };
}

/** Whether the kernel would take a route as we write it: its source is there, and its gateway is on the link. */
function isPossible(world: World, scope: Scope, { family, via, dev, src, onlink, opaque }: Route): boolean {
  if (opaque) return false;
  const { links, routes } = world.nets[scope]!;
  const has = links.some(({ addresses }) => addresses.some(({ cidr }) => addressOf(cidr) === src));
  if (src !== undefined && !has) return false;
  if (via === undefined || onlink) return true;
  return routes.some(
    (other) =>
      other.family === family &&
      other.dev === dev &&
      other.via === undefined &&
      (other.to === 'default' || contains(other.to, via)),
  );
}

/** IPv6 routes stay, but forget a source that goes. */
const sourced = (world: World, scope: Scope, cidr: string): Route[] =>
  world.nets[scope]!.routes.filter(({ family, src }) => family === 6 && src === addressOf(cidr));

function removal(scope: Scope, data: Address, lost: Lost, back: Lost, changed: readonly Route[]): Change {
  const others = back.addresses.map((cidr) => ({ dev: data.dev, cidr }));
  const kept = back.addresses.length + back.routes.length;
  return {
    verb: '-',
    what: data.cidr,
    why: kept === 0 ? 'remove' : `remove; ${[...back.addresses, ...back.routes.map(routeName)].join(', ')} kept`,
    commands: [addressCommand('del', scope, data), ...bringing(scope, data.dev, back)],
    // In the order in which they were, so that the first is the primary again.
    undo: [
      ...others.toReversed().map((other) => addressCommand('del', scope, other)),
      ...[data, ...others].map((each) => addressCommand('add', scope, each)),
      ...[...lost.routes, ...changed].map((route) => routeCommand('replace', scope, route)),
    ],
    effect: (after) => {
      restore(after, scope, data.dev, removeAddress(after, scope, data.dev, data.cidr));
    },
  };
}
