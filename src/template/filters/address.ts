import {
  addressOf,
  contains,
  familyOf,
  fromBigInt,
  isLinkLocal,
  isLoopback,
  isMulticast,
  networkOf,
  prefixOf,
  rangeOf,
  readAddress,
  readCidr,
  toBigInt,
  type Family,
} from '../../address.ts';
import { textOf, typeName, type Filter } from './filter.ts';

/** Ansible's filters for addresses, with its answers: what is no address gives false. */
export const ADDRESS_FILTERS: Readonly<Record<string, Filter>> = {
  ipaddr: {
    options: ['query', 'version'],
    apply: (value, args, options) => ipaddr(value, args[0] ?? options.query, undefined),
  },
  ipv4: { options: ['query'], apply: (value, args, options) => ipaddr(value, args[0] ?? options.query, 4) },
  ipv6: { options: ['query'], apply: (value, args, options) => ipaddr(value, args[0] ?? options.query, 6) },
  ipwrap: {
    apply: (value) =>
      Array.isArray(value)
        ? value.map((one) => ipaddr(one, 'wrap') || (one as unknown))
        : ipaddr(value, 'wrap') || value,
  },
};

/** An address as it was given: with a prefix it stands for a network too. */
export interface Given {
  /** Canonical; with a prefix if there was one. */
  readonly text: string;
  readonly family: Family;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly own: bigint;
  readonly size: bigint;
  /** As it was written. */
  readonly written: string;
  readonly hasPrefix: boolean;
}

/** Nothing where it is no address. */
export function readGiven(value: unknown, family?: Family): Given | undefined {
  const written =
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? numbered(value, family) : value;
  if (typeof written !== 'string') return undefined;
  const text = readAddress(written) ?? readCidr(written) ?? readCidr(withLength(written));
  if (text === undefined || (family !== undefined && familyOf(text) !== family)) return undefined;
  const range = rangeOf(text);
  const own = toBigInt(text);
  return {
    ...range,
    text,
    written: typeof value === 'number' ? `${text}/${range.prefix}` : written,
    own,
    size: range.last - range.first + 1n,
    hasPrefix: text.includes('/'),
  };
}

const numbered = (value: number, family: Family | undefined): string =>
  fromBigInt(family ?? (value > 0xffffffff ? 6 : 4), BigInt(value));

/** `10.1.2.3/255.255.255.0` with the length of its mask. */
function withLength(text: string): string {
  const [address = '', mask = ''] = text.split('/');
  const bits = readAddress(mask) === undefined ? '' : toBigInt(mask).toString(2);
  return /^1+0*$/.test(bits) && bits.length === 32 ? `${address}/${bits.replaceAll('0', '').length}` : '';
}

/** `query` is one of Ansible's words, the index of an address in its network, or a network that it must lie in. */
export function ipaddr(value: unknown, query: unknown, family?: Family): unknown {
  if (Array.isArray(value)) {
    return value.flatMap((one) => (readGiven(one, family) ? [ipaddr(one, query, family)] : [])).filter(Boolean);
  }
  const given = readGiven(value, family);
  const name =
    query === undefined || query === null ? '' : typeof query === 'number' ? String(query) : textOf(query, 'the query');
  const network = /[./:]/.test(name) && !Object.hasOwn(QUERIES, name) ? readGiven(name) : undefined;
  if (!network && !/^-?[0-9]{1,15}$/.test(name) && !Object.hasOwn(QUERIES, name)) throw unknown(name);
  if (!given) {
    // Ansible goes on with "False", which then stands in some file.
    if (network ?? YES_OR_NO.has(name)) return false;
    throw noAddress(value, family);
  }
  if (network)
    return contains(networkOf(network.text), given.hasPrefix ? networkOf(given.text) : given.text)
      ? given.written
      : null;
  return Object.hasOwn(QUERIES, name) ? QUERIES[name]!(given) : indexed(given, Number(name));
}

const unknown = (name: string): TypeError => {
  const names = Object.keys(QUERIES).filter((one) => one !== '');
  return new TypeError(`there is no query "${name}"; there are ${names.join(', ')}, numbers and networks`);
};

function indexed(given: Given, index: number): unknown {
  if (given.size === 1n) return given.text;
  const number = index < 0 ? given.last + 1n + BigInt(index) : given.first + BigInt(index);
  if (number >= given.first && number <= given.last) return `${fromBigInt(given.family, number)}/${given.prefix}`;
  throw noneThere(given, index);
}

/** A network is not that large. */
export const noneThere = ({ family, first, prefix }: Given, index: number): TypeError =>
  new TypeError(`${fromBigInt(family, first)}/${prefix} has no address with the index ${index}`);

/** The addresses that may be given to hosts; a point-to-point network has no others. */
export const usable = ({ first, last, size }: Given): readonly [bigint, bigint] =>
  size <= 2n ? [first, last] : [first + 1n, last - 1n];

const isNetwork = ({ own, first, size }: Given): boolean => size > 1n && own === first;
const isBroadcast = ({ own, last, size }: Given): boolean => size > 2n && own === last;
const at = ({ family }: Given, number: bigint): string => fromBigInt(family, number);
const ip = (given: Given): string => at(given, given.own);
const withPrefix = (given: Given): string => `${ip(given)}/${given.prefix}`;

/** What only a network has; as in Ansible, asking a single address for it is a mistake. */
function ofNetwork<T>(given: Given, answer: () => T): T {
  if (given.hasPrefix) return answer();
  throw new TypeError(`${given.written} is an address without a prefix, not one of a network`);
}

/** A neighbour that may be given to a host. */
const neighbour = (given: Given, by: bigint): string | null =>
  ofNetwork(given, () => {
    const [first, last] = usable(given);
    const number = given.own + by;
    return given.size > 1n && number >= first && number <= last ? at(given, number) : null;
  });

const edge = (given: Given, which: 0 | 1): string | null =>
  ofNetwork(given, () => (given.size > 1n ? at(given, usable(given)[which]) : null));

const isMask = (number: bigint, width: number): boolean => {
  const bits = number.toString(2).padStart(width, '0');
  return /^1+0*$/.test(bits) || /^0*1+$/.test(bits);
};

const PRIVATE =
  '10.0.0.0/8 100.64.0.0/10 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 239.0.0.0/8 fc00::/7 fec0::/10';

/** RFC 1918, 6598, 5736, 2544, 2365 and 4193, with what is link-local. */
export const isPrivate = (given: Given): boolean =>
  isLinkLocal(given.text) || PRIVATE.split(' ').some((network) => contains(network, networkOf(given.text)));

export const isPublic = (given: Given): boolean =>
  !isMulticast(given.text) &&
  !isPrivate({ ...given, text: ip(given) }) &&
  !isLoopback(given.text) &&
  !isMask(given.own, given.family === 4 ? 32 : 128);

const address = (given: Given): string | null =>
  isNetwork(given) && given.size > 2n && given.family === 4 ? null : ip(given);
const host = (given: Given): string | false =>
  given.size > 2n && (isNetwork(given) || isBroadcast(given)) ? false : withPrefix(given);
const network = (given: Given): string => at(given, given.first);
const hostmask = (given: Given): string => at(given, given.last - given.first);
const only = (isSo: (given: Given) => boolean) => (given: Given) => (isSo(given) ? given.written : null);

function netmask({ family, prefix }: Given): string {
  const width = BigInt(family === 4 ? 32 : 128);
  const all = (1n << width) - 1n;
  return fromBigInt(family, all ^ (all >> BigInt(prefix)));
}

function reversed(given: Given): string {
  if (given.family === 4) return `${ip(given).split('.').toReversed().join('.')}.in-addr.arpa.`;
  return `${Array.from(given.own.toString(16).padStart(32, '0')).toReversed().join('.')}.ip6.arpa.`;
}

/** The other end of a link between two. */
const peer = (given: Given): string =>
  ofNetwork(given, () => {
    if (given.size === 2n) return at(given, given.own ^ 1n);
    if (given.size === 4n && !isNetwork(given) && !isBroadcast(given)) return at(given, given.own ^ 3n);
    throw new TypeError(`${given.written} is none of the two addresses of a link`);
  });

const QUERIES: Readonly<Record<string, (given: Given) => unknown>> = {
  '': (given) => given.text,
  address,
  ip: address,
  'address/prefix': host,
  'host/prefix': host,
  gateway: host,
  gw: host,
  hostnet: host,
  router: host,
  host: (given) => (isNetwork(given) && given.size > 2n ? null : withPrefix(given)),
  'ip/prefix': (given) => (given.size === 1n || (isNetwork(given) && given.size > 2n) ? null : withPrefix(given)),
  ip_netmask: (given) =>
    given.size === 1n || (isNetwork(given) && given.size > 2n) ? null : `${ip(given)} ${netmask(given)}`,
  bool: () => true,
  broadcast: (given) => (given.size > 2n ? at(given, given.last) : null),
  cidr: withPrefix,
  first_usable: (given) => edge(given, 0),
  last_usable: (given) => edge(given, 1),
  next_usable: (given) => neighbour(given, 1n),
  previous_usable: (given) => neighbour(given, -1n),
  range_usable: (given) => (edge(given, 0) === null ? null : `${edge(given, 0)!}-${edge(given, 1)!}`),
  hostmask,
  wildcard: hostmask,
  int: (given) => (given.hasPrefix ? `${given.own}/${given.prefix}` : Number(given.own)),
  ipv4: (given) => (given.family === 4 ? given.written : false),
  v4: (given) => (given.family === 4 ? given.written : false),
  ipv6: (given) => (given.family === 6 ? given.written : `::ffff:${ip(given)}/${96 + given.prefix}`),
  v6: (given) => (given.family === 6 ? given.written : `::ffff:${ip(given)}/${96 + given.prefix}`),
  'link-local': only(({ text }) => isLinkLocal(text)),
  lo: only(({ text }) => isLoopback(text)),
  loopback: only(({ text }) => isLoopback(text)),
  multicast: only(({ text }) => isMulticast(text)),
  unicast: only(({ text }) => !isMulticast(text)),
  private: only(isPrivate),
  public: only(isPublic),
  net: (given) => (isNetwork(given) ? withPrefix(given) : null),
  network,
  network_id: network,
  'network/prefix': (given) => networkOf(`${addressOf(given.text)}/${prefixOf(given.text)}`),
  subnet: (given) => networkOf(`${addressOf(given.text)}/${prefixOf(given.text)}`),
  netmask,
  network_netmask: (given) => `${network(given)} ${netmask(given)}`,
  network_wildcard: (given) => `${network(given)} ${hostmask(given)}`,
  peer,
  prefix: ({ prefix }) => prefix,
  revdns: reversed,
  size: ({ size }) => Number(size),
  size_usable: ({ size }) => (size === 1n ? 0 : size === 2n ? 2 : Number(size - 2n)),
  type: (given) => (isNetwork(given) ? 'network' : 'address'),
  version: ({ family }) => family,
  wrap: (given) => {
    if (given.family === 4) return given.written;
    return given.hasPrefix ? `[${ip(given)}]/${given.prefix}` : `[${ip(given)}]`;
  },
};

/** What is asked in order to know whether it is one at all. */
const YES_OR_NO: ReadonlySet<string> = new Set([
  ...['', 'bool', 'type', 'ipv4', 'v4', 'ipv6', 'v6'],
  ...['link-local', 'lo', 'loopback', 'multicast', 'unicast', 'private', 'public', 'net', 'wrap'],
]);

/** Throws where a value that must be one is no address. */
export function required(value: unknown, family?: Family): Given {
  const given = readGiven(value, family);
  if (given) return given;
  throw noAddress(value, family);
}

const noAddress = (value: unknown, family: Family | undefined): TypeError => {
  const what = typeof value === 'string' ? `"${value}"` : typeName(value);
  return new TypeError(`${what} is no ${family === undefined ? 'IP' : `IPv${family}`} address`);
};
