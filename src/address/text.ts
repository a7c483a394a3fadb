import { isIPv4, isIPv6 } from 'node:net';
import { Address6 } from 'ip-address';

export type Family = 4 | 6;

/** Bits of an address. */
export const WIDTH = { 4: 32, 6: 128 } as const;

// Parsing IPv6 and writing it cost about 5 µs, and a plan asks for the same few thousand addresses again and again. (By
// its digits: V8 hashes only the low 64 bits of a bigint, so a map of networks would be one long chain.)
const CACHE_LIMIT = 50_000;
const numbers = new Map<string, bigint>();
const texts = new Map<string, string>();
const canonical = new Map<string, string>();

/**
 * The canonical text of an address (RFC 5952; IPv4 in plain dotted decimals), or nothing if it is none that we accept.
 * Refused besides what `net.isIP` refuses (octal and short IPv4): zone ids, and every spelling of IPv4-mapped and
 * IPv4-compatible addresses (RFC 4291, 2.5.5), which the kernel's tools print in a dotted form of their own.
 */
export function readAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const known = canonical.get(text);
  if (known !== undefined) return known;
  if (!isIPv6(text) || text.includes('%') || text.includes('.')) return undefined;
  const number = toBigInt(text);
  if (number >> 32n === 0xffffn || (number >> 32n === 0n && number >= 0x10000n)) return undefined;
  const address = fromBigInt(6, number);
  remember(canonical, text, address);
  return address;
}

/** Canonical `address/prefix` with its host bits, or nothing; a bare address is nothing too. */
export function readCidr(text: string): string | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = readAddress(text.slice(0, slash));
  const prefix = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(prefix)) return undefined;
  return Number(prefix) <= WIDTH[familyOf(address)] ? `${address}/${prefix}` : undefined;
}

/** The family of a canonical text, with or without prefix. */
export const familyOf = (text: string): Family => (text.includes(':') ? 6 : 4);

/** The address of `address/prefix`, without the prefix. */
export function addressOf(cidr: string): string {
  const slash = cidr.indexOf('/');
  return slash < 0 ? cidr : cidr.slice(0, slash);
}

/** The prefix length in bits; a bare address has its full length. */
export function prefixOf(cidr: string): number {
  const slash = cidr.indexOf('/');
  return slash < 0 ? WIDTH[familyOf(cidr)] : Number(cidr.slice(slash + 1));
}

/** The number of an address; a prefix is ignored. */
export function toBigInt(text: string): bigint {
  const address = addressOf(text);
  const known = numbers.get(address);
  if (known !== undefined) return known;
  const number = address.includes(':')
    ? new Address6(address).bigInt()
    : BigInt(address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0));
  remember(numbers, address, number);
  return number;
}

/** The canonical text of a number. */
export function fromBigInt(family: Family, number: bigint): string {
  if (number < 0n || number >> BigInt(WIDTH[family]) !== 0n) {
    throw new RangeError(`no IPv${family} address has the number ${number}`);
  }
  if (family === 4) {
    const value = Number(number);
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  }
  const digits = number.toString(32);
  const known = texts.get(digits);
  if (known !== undefined) return known;
  const text = Address6.fromBigInt(number).correctForm();
  remember(texts, digits, text);
  remember(numbers, text, number);
  return text;
}

/** Forgets everything when it has become much. */
export function remember<T>(cache: Map<string, T>, text: string, value: T): void {
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, value);
}
