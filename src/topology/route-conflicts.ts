import { familyOf, isLinkLocal, networkOf, rangeOf } from '../address.ts';
import type { Problem } from '../error.ts';
import { placeOf } from '../source.ts';
import type { Path } from '../source.ts';
import type { Located, Segment } from './types.ts';

/** A network to which the host gets a route because of a segment. */
interface HostRoute {
  readonly network: string;
  readonly segment: Located<Segment>;
  readonly path: Path;
}

/**
 * Overlapping networks on two segments of one host: its routing table can name only one of them. Segments on which
 * the host has no address, and so no route, may repeat each other. Link-local networks are on every link.
 */
export function routeConflicts(segments: readonly Located<Segment>[]): Problem[] {
  const routes = segments.flatMap(hostRoutes).sort(byStart);
  // Networks are nested or disjoint, so those around the current one form a stack.
  const around: HostRoute[] = [];
  return routes.flatMap((route) => {
    const { family, first } = rangeOf(route.network);
    while (around.length > 0 && isBefore(around.at(-1)!, family, first)) around.pop();
    const rival = around.findLast(({ segment }) => segment.value.name !== route.segment.value.name);
    around.push(route);
    return rival ? [conflict(rival, route)] : [];
  });
}

function hostRoutes(segment: Located<Segment>): HostRoute[] {
  const { addresses, fixedCidrV6, paths } = segment.value;
  const routes = addresses.map((cidr, index): HostRoute => ({
    network: networkOf(cidr),
    segment,
    path: [...paths.addresses, index],
  }));
  if (fixedCidrV6 !== undefined) routes.push({ network: networkOf(fixedCidrV6), segment, path: paths.fixedCidrV6 });
  return routes.filter(({ network }) => familyOf(network) === 4 || !isLinkLocal(network));
}

function byStart(a: HostRoute, b: HostRoute): number {
  const [left, right] = [rangeOf(a.network), rangeOf(b.network)];
  if (left.family !== right.family) return left.family - right.family;
  return left.first < right.first ? -1 : left.first > right.first ? 1 : left.prefix - right.prefix;
}

function isBefore(route: HostRoute, family: number, first: bigint): boolean {
  const range = rangeOf(route.network);
  return range.family !== family || range.last < first;
}

function conflict(first: HostRoute, second: HostRoute): Problem {
  const [one, two] = [first.segment.value.name, second.segment.value.name];
  const same = first.network === second.network;
  return {
    code: 'ROUTE_CONFLICT',
    message: same
      ? `${second.network} is on both ${one} and ${two}, and the host routes it to one of them only`
      : `${second.network} on ${two} overlaps ${first.network} on ${one}, and the host routes each address to one of them only`,
    place: placeOf(second.segment.at, second.path),
    hint: 'give one of them another subnet, or no address of the host',
    other: { note: `${one} is at`, place: placeOf(first.segment.at, first.path) },
  };
}
