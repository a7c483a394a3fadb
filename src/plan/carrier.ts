import { addressOf, contains, familyOf, networkOf, prefixOf } from '../address.ts';
import { findLink, type Link, type Route, type World } from '../facts/world.ts';
import type { PlannedTask } from './planner.ts';

/** The way on which our own SSH session reaches a host, as the facts show it. */
interface Carrier {
  readonly link: Link | undefined;
  readonly route: Route | undefined;
}

/** The kernel's choice for a destination, be it to drop it: the longest prefix, then the lowest metric, in the main table. */
function routeTo(world: World, address: string): Route | undefined {
  const family = familyOf(address);
  const candidates = (world.nets['']?.routes ?? []).filter(
    ({ to, family: own, table }) => own === family && table === 'main' && (to === 'default' || contains(to, address)),
  );
  const length = ({ to }: Route): number => (to === 'default' ? -1 : prefixOf(to));
  return candidates.toSorted((a, b) => length(b) - length(a) || a.metric - b.metric)[0];
}

/** The link that has the address, and the way back to the client. */
function carrierOf(world: World, [client = '', , server = '']: readonly string[]): Carrier {
  const link = world.nets['']?.links.find(({ addresses }) => addresses.some(({ cidr }) => addressOf(cidr) === server));
  return { link, route: routeTo(world, client) };
}

/** What of the way matters; addresses only as far as they are the session's own. */
const shape = (world: World, connection: readonly string[]): string => {
  const { link, route } = carrierOf(world, connection);
  const out = route?.dev === undefined ? undefined : findLink(world, '', route.dev);
  return JSON.stringify([
    link && [link.name, link.up, link.mac, link.mtu, link.master],
    route && [route.to, route.via, route.dev, route.src, route.type],
    out && [out.name, out.up, out.mac, out.mtu, out.master],
  ]);
};

const FIREWALL_HOOKS = ['input', 'output', 'prerouting'];

/**
 * Whether a plan touches what carries our own SSH session: its address, the link under it, the way back to us, or a
 * firewall hook that our packets pass. Such a plan must be confirmed over a new connection.
 */
export function touchesCarrier(before: World, after: World, tasks: readonly PlannedTask[]): boolean {
  const { connection } = before;
  if (connection === undefined || connection.length < 4) return false;
  if (shape(before, connection) !== shape(after, connection)) return true;
  const { link, route } = carrierOf(before, connection);
  const names = new Set([link?.name, route?.dev].filter((name) => name !== undefined));
  return tasks
    .flatMap(({ changes }) => changes)
    .flatMap(({ commands }) => commands)
    .some((command) => {
      if (command.do === 'nft' && command.scope === '')
        return FIREWALL_HOOKS.some((hook) => JSON.stringify(command.elements).includes(`"hook":"${hook}"`));
      if (command.do === 'ip' && command.scope === '' && command.argv[0] === 'link' && command.argv[1] === 'set') {
        return names.has(command.argv[3]!);
      }
      if (command.do === 'sysctl' && command.scope === '') {
        return ['all', ...names].some((name) => command.key === `net/ipv4/conf/${name}/rp_filter`);
      }
      return false;
    });
}

/** Addresses at which the host may be met after the change: new ones on the link that had ours, if ours is gone. */
export function addressesAfter(before: World, after: World): string[] {
  const { connection } = before;
  if (connection === undefined) return [];
  const { link } = carrierOf(before, connection);
  if (!link || carrierOf(after, connection).link) return [];
  const old = new Set(link.addresses.map(({ cidr }) => cidr));
  const now =
    after.nets['']?.links.filter(
      ({ name, master }) => name === link.name || name === link.master || master === link.name,
    ) ?? [];
  return now
    .flatMap(({ addresses }) => addresses.map(({ cidr }) => cidr))
    .filter((cidr) => !old.has(cidr) && networkOf(cidr) !== '')
    .map(addressOf);
}
