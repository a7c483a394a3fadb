import { addressOf, familyOf, fromBigInt, prefixOf, readAddress, readCidr, toBigInt, WIDTH } from './text.ts';
import type { Family } from './text.ts';

/** A block of addresses; both ends belong to it. */
export interface Range {
  readonly family: Family;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

/** The block that `address/prefix` lies in; of a bare address, only itself. */
export function rangeOf(cidr: string): Range {
  const family = familyOf(cidr);
  const prefix = prefixOf(cidr);
  const free = BigInt(WIDTH[family] - prefix);
  const first = (toBigInt(cidr) >> free) << free;
  return { family, prefix, first, last: first + (1n << free) - 1n };
}

/** Canonical `network/prefix`, or nothing if the text is no CIDR or has host bits set. */
export function readNetwork(text: string): string | undefined {
  const cidr = readCidr(text);
  return cidr !== undefined && networkOf(cidr) === cidr ? cidr : undefined;
}

/** The network that holds nothing but this address; nothing if it is none. */
export function singleNetwork(text: string): string | undefined {
  const address = readAddress(text);
  return address && `${address}/${WIDTH[familyOf(address)]}`;
}

/** The network that `address/prefix` lies in. */
export function networkOf(cidr: string): string {
  const { family, prefix, first } = rangeOf(cidr);
  return `${fromBigInt(family, first)}/${prefix}`;
}

/** Whether an address, or a whole network, lies inside a network. */
export function contains(network: string, inner: string): boolean {
  const outside = rangeOf(network);
  const inside = rangeOf(inner);
  return outside.family === inside.family && outside.first <= inside.first && inside.last <= outside.last;
}

/** Whether two networks share an address. */
export const overlaps = (a: string, b: string): boolean => contains(a, networkOf(b)) || contains(b, networkOf(a));

/** fe80::/10 (RFC 4291, 2.5.6) and 169.254.0.0/16 (RFC 3927). */
export const isLinkLocal = (text: string): boolean => isIn(text, '169.254.0.0/16', 'fe80::/10');

/** 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291, 2.7). */
export const isMulticast = (text: string): boolean => isIn(text, '224.0.0.0/4', 'ff00::/8');

/** 127.0.0.0/8 (RFC 1122, 3.2.1.3) and ::1 (RFC 4291, 2.5.3). */
export const isLoopback = (text: string): boolean => isIn(text, '127.0.0.0/8', '::1/128');

/** 0.0.0.0 and :: (RFC 4291, 2.5.2). */
export const isUnspecified = (text: string): boolean => toBigInt(text) === 0n;

const isIn = (text: string, network4: string, network6: string): boolean =>
  contains(familyOf(text) === 4 ? network4 : network6, addressOf(text));

/** The first or last address of an IPv4 subnet; a /31 or /32 has neither (RFC 3021). */
export function isNetworkOrBroadcast(cidr: string): boolean {
  const { family, prefix, first, last } = rangeOf(cidr);
  const number = toBigInt(cidr);
  return family === 4 && prefix < 31 && (number === first || number === last);
}

/** Order for sorting: IPv4 before IPv6, then by number, then wider networks first. */
export function compareAddresses(a: string, b: string): number {
  const families = familyOf(a) - familyOf(b);
  if (families !== 0) return families;
  const [numberA, numberB] = [toBigInt(a), toBigInt(b)];
  return numberA < numberB ? -1 : numberA > numberB ? 1 : prefixOf(a) - prefixOf(b);
}

/** How many subnets of that prefix length a network has (a power of two, so exact); 0 if it is smaller itself. */
export function countSubnets(network: string, prefix: number): number {
  const bits = prefix - prefixOf(network);
  return bits < 0 || prefix > WIDTH[familyOf(network)] ? 0 : 2 ** bits;
}

/** The subnet with that index, counted from 0; nothing beyond the network. */
export function splitNetwork(network: string, prefix: number, index: number | bigint): string | undefined {
  if (index < 0 || index >= countSubnets(network, prefix)) return undefined;
  const { family, first } = rangeOf(network);
  return `${fromBigInt(family, first + (BigInt(index) << BigInt(WIDTH[family] - prefix)))}/${prefix}`;
}

/** The nth address of a network, counted from 0 (the network's own); negative from its end; nothing beyond it. */
export function hostAt(network: string, n: number | bigint): string | undefined {
  const { family, first, last } = rangeOf(network);
  const number = n < 0 ? last + 1n + BigInt(n) : first + BigInt(n);
  return number < first || number > last ? undefined : fromBigInt(family, number);
}
