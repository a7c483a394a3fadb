import {
  addressOf,
  contains,
  familyOf,
  hostAt,
  isLinkLocal,
  isMulticast,
  networkOf,
  overlaps,
  prefixOf,
  splitNetwork,
} from '../address.ts';
import type { Family } from '../address.ts';
import type { Problem } from '../error.ts';
import { placeOf } from '../source.ts';
import type { Path } from '../source.ts';
import { unfit } from './host-address.ts';
import { ownSubnets } from './segment.ts';
import type { Located, Segment } from './types.ts';

/** What is wrong with a segment's own addresses and ranges. */
export function checkSegment(segment: Located<Segment>): Problem[] {
  const { fixedCidr, fixedCidrV6 } = segment.value;
  return [
    ...checkOwnAddresses(segment),
    ...(fixedCidr === undefined ? [] : checkRange(segment, 4, fixedCidr)),
    ...(fixedCidrV6 === undefined ? [] : checkRange(segment, 6, fixedCidrV6)),
  ];
}

function checkOwnAddresses({ value, at }: Located<Segment>): Problem[] {
  return value.addresses.flatMap((cidr, index) => {
    const place = (which: number) => placeOf(at, [...value.paths.addresses, which]);
    const problems: Problem[] = [];
    const reason = unfit(cidr);
    if (reason) problems.push({ ...reason, place: place(index) });
    const first = value.addresses.findIndex((other) => overlaps(other, cidr) && networkOf(other) !== networkOf(cidr));
    if (first >= 0 && first < index) {
      const other = value.addresses[first]!;
      problems.push({
        code: 'SUBNET_OVERLAP',
        message: `${networkOf(cidr)} and ${networkOf(other)} overlap on ${value.name}`,
        place: place(index),
        hint: `give both the same prefix, such as ${addressOf(cidr)}/${prefixOf(other)}, or separate subnets`,
        other: { note: `${other} is at`, place: place(first) },
      });
    }
    return problems;
  });
}

function checkRange({ value, at }: Located<Segment>, family: Family, range: string): Problem[] {
  const option = family === 4 ? 'fixed_cidr' : 'fixed_cidr_v6';
  const path: Path = family === 4 ? value.paths.fixedCidr : value.paths.fixedCidrV6;
  const problem = (code: string, message: string, hint: string): Problem[] => [
    { code, message: `${option} ${range} ${message}`, place: placeOf(at, path), hint },
  ];
  if (familyOf(range) !== family) {
    const right = family === 4 ? 'fixed_cidr_v6' : 'fixed_cidr';
    return problem('WRONG_FAMILY', `is IPv${familyOf(range)}`, `use ${right} for it`);
  }
  const network = networkOf(range);
  if (network !== range) {
    return problem('HOST_BITS', `has host bits set after its first ${prefixOf(range)}`, `did you mean ${network}?`);
  }
  if (isMulticast(range) || (family === 6 && isLinkLocal(range))) {
    const sort = isMulticast(range) ? 'multicast' : 'link-local';
    return problem('UNUSABLE_ADDRESS', `is ${sort}`, 'use a unicast network that can be routed');
  }
  // For IPv6, Docker's fixed_cidr_v6 stands alone (article, IPv6): it brings its own on-link route.
  if (family === 6) return [];
  const subnets = ownSubnets(value, 4);
  if (subnets.length === 0) {
    const example = `${hostAt(range, 1) ?? addressOf(range)}/${prefixOf(range)}`;
    const hint = `give ${value.name} an address such as ${example}`;
    return problem('FIXED_CIDR_WITHOUT_SUBNET', `needs an IPv4 address of ${value.name}, which says the subnet`, hint);
  }
  if (subnets.some((subnet) => contains(subnet, range))) return [];
  const subnet = subnets[0]!;
  const example = splitNetwork(subnet, Math.max(prefixOf(subnet), prefixOf(range)), 0)!;
  return problem('FIXED_CIDR_OUTSIDE', `is not inside ${subnets.join(' or ')}`, `use a network such as ${example}`);
}
