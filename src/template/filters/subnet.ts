import { compareAddresses, contains, fromBigInt, networkOf, rangeOf, readMac } from '../../address.ts';
import { checkLength } from '../weight.ts';
import { ADDRESS_FILTERS, ipaddr, noneThere, readGiven, required, usable, type Given } from './address.ts';
import { integerOf, listOf, textOf, type Filter } from './filter.ts';

/** Ansible's filters for networks and what is in them, and for MAC addresses. */
export const SUBNET_FILTERS: Readonly<Record<string, Filter>> = {
  ...ADDRESS_FILTERS,
  ipsubnet: {
    options: ['query', 'index'],
    apply: (value, [query, index], options) => subnet(required(value), query ?? options.query, index ?? options.index),
  },
  nthhost: {
    options: ['query'],
    apply: (value, [query], options) => nth(required(value), integerOf(query ?? options.query, 'the index')),
  },
  ipmath: {
    options: ['amount'],
    apply: (value, [amount], options) => {
      const { own, family, written } = required(value);
      try {
        return fromBigInt(family, own + BigInt(integerOf(amount ?? options.amount, 'the offset')));
      } catch (error) {
        if (error instanceof TypeError) throw error;
        throw new TypeError(`there is no address that far from ${written}`, { cause: error });
      }
    },
  },
  next_nth_usable: {
    options: ['offset'],
    apply: (value, [offset], options) => usableBy(value, offset ?? options.offset, 1n),
  },
  previous_nth_usable: {
    options: ['offset'],
    apply: (value, [offset], options) => usableBy(value, offset ?? options.offset, -1n),
  },
  network_in_network: {
    options: ['test'],
    apply: (value, [test], options) => isWithin(required(value), required(test ?? options.test)),
  },
  network_in_usable: {
    options: ['test'],
    apply: (value, [test], options) => {
      const [first, last] = usable(required(value));
      const inner = required(test ?? options.test);
      return inner.first >= first && inner.last <= last;
    },
  },
  reduce_on_network: {
    options: ['network'],
    apply: (value, [network], options) => {
      const outer = required(network ?? options.network);
      return listOf(value).filter((one) => isWithin(outer, required(one)));
    },
  },
  cidr_merge: {
    options: ['action'],
    apply: (value, [action], options) => {
      const networks = listOf(value).map((one) => networkOf(`${addressPart(required(one))}/${required(one).prefix}`));
      const how = action ?? options.action ?? 'merge';
      if (how === 'merge') return merged(networks);
      if (how === 'span') return networks.length === 0 ? null : spanning(networks);
      throw new TypeError(`there is no action "${textOf(how)}"; there are merge and span`);
    },
  },
  slaac: {
    options: ['query'],
    apply: (value, [mac], options) => {
      const given = readGiven(value, 6);
      const read = macOf(mac ?? options.query);
      return given && read !== undefined ? fromBigInt(6, given.first + identifier(read)) : false;
    },
  },
  ip4_hex: {
    options: ['delimiter'],
    apply: (value, [delimiter], options) =>
      textOf(value)
        .split('.')
        .map((byte) => integerOf(byte, 'a part').toString(16).padStart(2, '0'))
        .join(textOf(delimiter ?? options.delimiter ?? '')),
  },
  hwaddr: { options: ['query'], apply: (value, [query], options) => hwaddr(value, query ?? options.query) },
  macaddr: { options: ['query'], apply: (value, [query], options) => hwaddr(value, query ?? options.query) },
  vlan_expander: {
    apply: (value) =>
      textOf(value)
        .split(',')
        .flatMap((part) => {
          const [first, last] = part.split('-').map((id) => integerOf(id.trim(), 'a VLAN'));
          checkLength((last ?? first!) - first!);
          return Array.from({ length: (last ?? first!) - first! + 1 }, (_, index) => first! + index);
        })
        .toSorted((a, b) => a - b),
  },
};

const addressPart = ({ own, family }: Given): string => fromBigInt(family, own);

const isWithin = (outer: Given, inner: Given): boolean =>
  outer.family === inner.family && inner.first >= outer.first && inner.last <= outer.last;

/** A network's number of subnets, one of them, or in which of another's it is; of an address, a network around it. */
function subnet(given: Given, query: unknown, index: unknown): unknown {
  const network = networkOf(`${addressPart(given)}/${given.prefix}`);
  if (query === undefined || query === '') return network;
  const width = given.family === 4 ? 32 : 128;
  const outer = typeof query === 'string' && /[./:]/.test(query) ? required(query) : undefined;
  if (outer) {
    if (!isWithin(outer, given)) throw new TypeError(`${network} is not in the subnet ${outer.written}`);
    return Number((given.first - outer.first) / given.size) + 1;
  }
  const length = integerOf(query, 'the prefix length');
  if (length < 0 || length > width) throw new TypeError(`there is no prefix length ${length}`);
  if (given.size === 1n) {
    const at = length + integerOf(index ?? 0, 'the index');
    if (at >= 0 && at < width) return networkOf(`${addressPart(given)}/${at}`);
    throw new TypeError(`there is no network of /${at} around ${given.written}`);
  }
  if (index === undefined || index === null) {
    if (length >= given.prefix) return 2 ** (length - given.prefix);
    throw new TypeError(`${network} is smaller than a /${length}`);
  }
  if (length < given.prefix) throw new TypeError(`${network} is smaller than a /${length}`);
  const count = 1n << BigInt(length - given.prefix);
  const number = BigInt(integerOf(index, 'the index'));
  const place = number < 0n ? number + count : number;
  if (place < 0n || place >= count) {
    throw new TypeError(`${network} has ${count} subnets of /${length}, so none with the index ${number}`);
  }
  return `${fromBigInt(given.family, given.first + (place << BigInt(width - length)))}/${length}`;
}

function nth(given: Given, index: number): string {
  const number = index < 0 ? given.last + 1n + BigInt(index) : given.first + BigInt(index);
  if (number < given.first || number > given.last) throw noneThere(given, index);
  return fromBigInt(given.family, number);
}

function usableBy(value: unknown, offset: unknown, sign: bigint): unknown {
  const given = required(value);
  const number = given.own + sign * BigInt(integerOf(offset, 'the offset'));
  const [first, last] = usable(given);
  return given.size > 1n && number >= first && number <= last ? fromBigInt(given.family, number) : null;
}

/** As few networks as hold the same addresses, and no others. */
function merged(networks: readonly string[]): string[] {
  const kept: string[] = [];
  for (const one of networks.toSorted(compareAddresses)) {
    let network = one;
    if (kept.some((other) => contains(other, network))) continue;
    for (let last = kept.at(-1); last !== undefined && isOther(last, network); last = kept.at(-1)) {
      kept.pop();
      const { family, first, prefix } = rangeOf(last);
      network = `${fromBigInt(family, first)}/${prefix - 1}`;
    }
    kept.push(network);
  }
  return kept;
}

/** Whether both are the halves of one network. */
function isOther(a: string, b: string): boolean {
  const [one, other] = [rangeOf(a), rangeOf(b)];
  const isFirst = (one.first / (one.last - one.first + 1n)) % 2n === 0n;
  return one.family === other.family && one.prefix === other.prefix && one.last + 1n === other.first && isFirst;
}

/** The smallest network that holds them all. */
function spanning(networks: readonly string[]): string {
  const [first] = networks.toSorted(compareAddresses) as [string];
  const { family, prefix, first: low } = rangeOf(first);
  for (let length = prefix; length >= 0; length--) {
    const wider = networkOf(`${fromBigInt(family, low)}/${length}`);
    if (networks.every((one) => contains(wider, one))) return wider;
  }
  throw new TypeError('networks of both families have none that holds them all');
}

/** The twelve digits of a MAC address in whatever spelling. */
function macOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const digits = value.replace(/[:.-]/g, '').toLowerCase();
  const isWhole =
    readMac(value.replaceAll('-', ':')) !== undefined ||
    /^([0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}$|^[0-9a-fA-F]{12}$/.test(value);
  return isWhole && digits.length === 12 ? digits : undefined;
}

/** The interface identifier that a MAC address makes (RFC 4291, appendix A). */
const identifier = (digits: string): bigint =>
  BigInt(`0x${digits.slice(0, 6)}fffe${digits.slice(6)}`) ^ 0x0200000000000000n;

const spelt = (digits: string, length: number, by: string): string =>
  digits.match(new RegExp(`.{${length}}`, 'g'))!.join(by);

const SPELLINGS: Readonly<Record<string, (digits: string) => unknown>> = {
  bool: () => true,
  int: (digits) => parseInt(digits, 16),
  bare: (digits) => digits.toUpperCase(),
  cisco: (digits) => spelt(digits, 4, '.'),
  linux: (digits) => spelt(digits, 2, ':'),
  unix: (digits) => spelt(digits, 2, ':').replace(/\b0(?=[0-9a-f])/g, ''),
  pgsql: (digits) => spelt(digits, 6, ':'),
  postgresql: (digits) => spelt(digits, 6, ':'),
  psql: (digits) => spelt(digits, 6, ':'),
  eui48: (digits) => spelt(digits, 2, '-').toUpperCase(),
  win: (digits) => spelt(digits, 2, '-').toUpperCase(),
};

function hwaddr(value: unknown, query: unknown): unknown {
  const name = query === undefined || query === '' ? undefined : textOf(query, 'the query');
  const digits = macOf(value);
  if (name !== undefined && !Object.hasOwn(SPELLINGS, name)) {
    throw new TypeError(`there is no spelling "${name}"; there are ${Object.keys(SPELLINGS).join(', ')}`);
  }
  if (name === undefined) return digits === undefined ? null : value;
  if (digits !== undefined) return SPELLINGS[name]!(digits);
  if (name === 'bool') return null;
  throw new TypeError(`"${String(value)}" is no MAC address`);
}

/** Whether a value is an address in a certain sense; for the tests of the same names. */
export const isAddress = (value: unknown, family?: 4 | 6): boolean => ipaddr(value, 'bool', family) === true;
export const isMac = (value: unknown): boolean => macOf(value) !== undefined;
