import { addressOf, contains, familyOf, networkOf, prefixOf } from '../address.ts';
import type { Command } from '../command.ts';
import { findLink, type Link, type Route, type World } from '../facts/world.ts';
import { touchesFirewall } from './firewall.ts';
import type { PlannedTask } from './planner.ts';

/** The way on which our own SSH session reaches a host, as the facts show it. */
interface Carrier {
  readonly client: string;
  readonly link: Link | undefined;
  readonly route: Route | undefined;
}

/** The kernel's choice for a destination, be it to drop it: the longest prefix, then the lowest metric, in the main table. */
function routeTo(world: World, address: string): Route | undefined {
  const family = familyOf(address);
  const candidates = (world.nets['']?.routes ?? []).filter(
    ({ to, family: own, table }) => own === family && table === 'main' && covers(to, address),
  );
  const length = ({ to }: Route): number => (to === 'default' ? -1 : prefixOf(to));
  return candidates.toSorted((a, b) => length(b) - length(a) || a.metric - b.metric)[0];
}

const covers = (to: string, address: string): boolean =>
  to === 'default' || (familyOf(to) === familyOf(address) && contains(networkOf(to), address));

/** The link that has the address, and the way back to the client. */
function carrierOf(world: World, [client = '', , server = '']: readonly string[]): Carrier {
  const link = world.nets['']?.links.find(({ addresses }) => addresses.some(({ cidr }) => addressOf(cidr) === server));
  return { client, link, route: routeTo(world, client) };
}

/** What of the way matters; addresses only as far as they are the session's own. */
const shape = (world: World, connection: readonly string[]): string => {
  const { client, link, route } = carrierOf(world, connection);
  const out = route?.dev === undefined ? undefined : findLink(world, '', route.dev);
  const taken = world.nets['']?.links.some(({ addresses }) => addresses.some(({ cidr }) => addressOf(cidr) === client));
  return JSON.stringify([
    link && [link.name, link.up, link.mac, link.mtu, link.master],
    route && [route.to, route.via, route.dev, route.src, route.type],
    out && [out.name, out.up, out.mac, out.mtu, out.master],
    taken,
  ]);
};

/** Kernel parameters of a link, or of `all` of them, that can keep our packets from coming or going. */
const PARAMETERS = ['rp_filter', 'disable_ipv6', 'arp_ignore', 'arp_announce', 'arp_filter', 'accept_local'];

/**
 * Whether a plan touches what carries our own SSH session: its address, the link under it, the way back to us and the
 * neighbour on it, or a firewall hook that our packets pass. Such a plan must be confirmed over a new connection.
 */
export function touchesCarrier(before: World, after: World, tasks: readonly PlannedTask[]): boolean {
  const { connection } = before;
  if (connection === undefined || connection.length < 4) return false;
  if (shape(before, connection) !== shape(after, connection)) return true;
  const carrier = carrierOf(before, connection);
  const names = namesOf(before, carrier);
  return commandsOf(tasks).some((command) => {
    switch (command.do) {
      case 'nft':
        return command.scope === '' && touchesFirewall(before.nft[''], command.elements, Number(connection[3]));
      case 'ip':
        return command.scope === '' && touchesWay(command.argv, carrier, names);
      case 'sysctl':
        return command.scope === '' && isParameter(command.key, names);
      case 'run':
        // Programs that change a link in ways that the facts do not show: tc, ethtool, bridge.
        if (command.scope !== '') return false;
        if (command.argv[0] === 'ip') return touchesWay(command.argv.slice(1), carrier, names);
        return command.argv.some((word) => names.has(word));
      default:
        return false;
    }
  });
}

const commandsOf = (tasks: readonly PlannedTask[]): Command[] =>
  tasks.flatMap(({ changes }) => changes).flatMap(({ commands }) => commands);

/** The links under our session: those that have the address or the route, and the bridges that these are ports of. */
function namesOf(world: World, { link, route }: Carrier): Set<string> {
  const own = [link?.name, route?.dev].flatMap((name) => name ?? []);
  const masters = own.flatMap((name) => findLink(world, '', name)?.master ?? []);
  return new Set([...own, ...masters]);
}

/** A command of `ip` in the host's own namespace. */
function touchesWay(argv: readonly string[], { client, route }: Carrier, names: ReadonlySet<string>): boolean {
  const [object, verb, ...words] = argv.filter((word) => !/^-[46]$/.test(word));
  const dev = words[words.indexOf('dev') + 1];
  switch (object) {
    // A new link on top of ours (a macvlan, a tunnel) leaves ours alone.
    case 'link':
      return verb !== 'add' && words.some((word) => names.has(word));
    case 'addr':
      return verb !== 'add' && verb !== 'replace' && dev !== undefined && names.has(dev);
    // In the main table the facts tell; who looks into another one is not known.
    case 'route':
      return (
        words.includes('table') &&
        words.some((word) => /^(default|[0-9a-f.:]+(\/\d+)?)$/.test(word) && covers(word, client))
      );
    case 'neigh':
      return words.some((word) => word === client || word === route?.via);
    case 'rule':
      return true;
    default:
      return false;
  }
}

const isParameter = (key: string, names: ReadonlySet<string>): boolean => {
  const [, link, parameter] = /^net\/ipv[46]\/conf\/(.+)\/(\w+)$/.exec(key) ?? [];
  return link !== undefined && PARAMETERS.includes(parameter!) && (link === 'all' || names.has(link));
};

/** Addresses at which the host may be met after the change: new ones on the link that had ours, if ours is gone. */
export function addressesAfter(before: World, after: World): string[] {
  const { connection } = before;
  if (connection === undefined) return [];
  const { link } = carrierOf(before, connection);
  if (!link || carrierOf(after, connection).link) return [];
  const old = new Set(link.addresses.map(({ cidr }) => cidr));
  const masters = [link.master, findLink(after, '', link.name)?.master];
  const isNear = ({ name, master }: Link): boolean =>
    name === link.name || master === link.name || masters.includes(name);
  const now = (after.nets['']?.links ?? []).filter(isNear);
  return now
    .flatMap(({ addresses }) => addresses.map(({ cidr }) => cidr))
    .filter((cidr) => !old.has(cidr) && networkOf(cidr) !== '')
    .map(addressOf);
}

/** Links whose other end is another host. */
const TUNNELS = new Set([
  'vxlan',
  'geneve',
  'wireguard',
  'gre',
  'gretap',
  'ip6gre',
  'ip6gretap',
  'ipip',
  'ip6tnl',
  'sit',
]);

/** Whether a plan makes, changes or takes away an end of a tunnel: then its other ends stand and fall with it. */
export const touchesTunnel = (before: World, tasks: readonly PlannedTask[]): boolean =>
  commandsOf(tasks).some((command) => {
    if (command.do !== 'ip' || command.argv[0] !== 'link') return false;
    const words = command.argv;
    if (words[1] === 'add') return TUNNELS.has(words[words.indexOf('type') + 1] ?? '');
    return words.some((word) => TUNNELS.has(findLink(before, command.scope, word)?.kind ?? ''));
  });
