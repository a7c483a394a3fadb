import {
  addressOf,
  contains,
  familyOf,
  hostAt,
  isLinkLocal,
  isNetworkOrBroadcast,
  MAC_BITS,
  networkOf,
  prefixOf,
  rangeOf,
  toBigInt,
} from '../address.ts';
import type { Family } from '../address.ts';
import type { Path } from '../source.ts';
import type { Segment } from './types.ts';

/** The bridge's own link-local address where `fixed_cidr_v6` is set, and its containers' gateway (article, IPv6). */
export const LINK_LOCAL_GATEWAY = 'fe80::1';

/** The host's own addresses on the segment with their places, the one that `fixed_cidr_v6` brings included. */
export function ownAddresses(segment: Segment): { cidr: string; path: Path }[] {
  const { addresses, paths } = segment;
  const own = addresses.map((cidr, index) => ({ cidr, path: [...paths.addresses, index] as Path }));
  const implied =
    segment.fixedCidrV6 !== undefined && !addresses.some((cidr) => addressOf(cidr) === LINK_LOCAL_GATEWAY);
  return implied ? [...own, { cidr: `${LINK_LOCAL_GATEWAY}/64`, path: paths.fixedCidrV6 }] : own;
}

/** The subnets that the host's own addresses say. */
export const ownSubnets = (segment: Segment, family: Family): string[] => [
  ...new Set(segment.addresses.filter((cidr) => familyOf(cidr) === family).map(networkOf)),
];

/** `fixed_cidr` or `fixed_cidr_v6`. */
export function fixedRange(segment: Segment, family: Family): string | undefined {
  const fixed = family === 4 ? segment.fixedCidr : segment.fixedCidrV6;
  return fixed === undefined || familyOf(fixed) !== family ? undefined : networkOf(fixed);
}

/** The networks that are on-link for the segment's containers; the first that holds an address says its prefix. */
export function containerNetworks(segment: Segment, family: Family): string[] {
  const fixed = fixedRange(segment, family);
  const own = ownSubnets(segment, family);
  // An IPv4 fixed_cidr is no subnet of its own: .0 and .255 of it may be hosts.
  if (family === 4) return own;
  return [...(fixed === undefined ? [] : [fixed]), ...own, 'fe80::/64'];
}

/** Where addresses of one family come from, and the prefix length that they get. */
export interface Pool {
  readonly family: Family;
  readonly range: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
  /** Outermost addresses of the range, and of the subnet that it is part of: no host addresses. */
  readonly reserved: ReadonlySet<string>;
}

/** Nothing if the segment has no addresses of the family. IPv6 comes from no link-local subnet. */
export function poolOf(segment: Segment, family: Family): Pool | undefined {
  const fixed = fixedRange(segment, family);
  const subnets = ownSubnets(segment, family).filter((network) => family === 4 || !isLinkLocal(network));
  const range = fixed ?? subnets[0];
  if (range === undefined) return undefined;
  const subnet = subnets.find((network) => contains(network, range)) ?? range;
  const { first, last } = rangeOf(range);
  const prefix = prefixOf(family === 6 && fixed !== undefined ? fixed : subnet);
  return { family, range, first, last, prefix, reserved: new Set([...outermost(range), ...outermost(subnet)]) };
}

/** Docker's article, IPv6: "The subnet for Docker containers should at least have a size of /80". */
export const fitsMac = ({ family, range }: Pool): boolean => family === 6 && 128 - prefixOf(range) >= MAC_BITS;

/** The first address of an IPv6 subnet belongs to its routers (RFC 4291, 2.6.1), except on a /127 (RFC 6164). */
export function isRouterAnycast(cidr: string): boolean {
  const { family, prefix, first } = rangeOf(cidr);
  return family === 6 && prefix < 127 && toBigInt(cidr) === first;
}

const outermost = (network: string): string[] =>
  [hostAt(network, 0)!, hostAt(network, -1)!].filter((address) => {
    const cidr = `${address}/${prefixOf(network)}`;
    return isNetworkOrBroadcast(cidr) || isRouterAnycast(cidr);
  });

/** `address/prefix` of a fixed address; nothing if it is bare and in none of the segment's networks. */
export function withPrefix(segment: Segment | undefined, address: string): string | undefined {
  if (address.includes('/')) return address;
  if (segment === undefined) return `${address}/${prefixOf(address)}`;
  const network = containerNetworks(segment, familyOf(address)).find((each) => contains(each, address));
  return network && `${address}/${prefixOf(network)}`;
}
