import {
  addressOf,
  countSubnets,
  familyOf,
  fromBigInt,
  hostAt,
  networkOf,
  prefixOf,
  rangeOf,
  readAddress,
  readCidr,
  splitNetwork,
  toBigInt,
  type Family,
} from '../../address.ts';
import { integerOf, textOf, typeName, type Filter } from './filter.ts';

/** Ansible's address filters, as far as playbooks about networks use them. */
export const ADDRESS_FILTERS: Readonly<Record<string, Filter>> = {
  ipaddr: { apply: (value, [query]) => each(value, undefined, query) },
  ipv4: { apply: (value, [query]) => each(value, 4, query) },
  ipv6: { apply: (value, [query]) => each(value, 6, query) },
  ipwrap: { apply: (value) => (typeof value === 'string' && read(value)?.includes(':') ? wrapped(value) : value) },
  ipsubnet: {
    apply: (value, [prefix, index]) => {
      const network = networkOf(required(value));
      if (prefix === undefined) return network;
      const length = integerOf(prefix, 'the prefix length');
      if (index === undefined) return countSubnets(network, length);
      const number = integerOf(index, 'the index');
      const count = countSubnets(network, length);
      const subnet = splitNetwork(network, length, number < 0 ? count + number : number);
      if (subnet !== undefined) return subnet;
      throw new TypeError(`${network} has ${count} subnets of /${length}, so none with the index ${number}`);
    },
  },
  nthhost: { apply: (value, [index]) => nth(required(value), integerOf(index, 'the index')) },
  ipmath: {
    apply: (value, [offset]) => {
      const address = required(value);
      const number = toBigInt(address) + BigInt(integerOf(offset, 'the offset'));
      try {
        return fromBigInt(familyOf(address), number);
      } catch {
        throw new TypeError(`there is no address that far from ${addressOf(address)}`);
      }
    },
  },
};

/** Canonical text, with a prefix if there was one. */
const read = (text: string): string | undefined => (text.includes('/') ? readCidr(text) : readAddress(text));

function required(value: unknown): string {
  const found = read(textOf(value));
  if (found !== undefined) return found;
  throw new TypeError(`"${textOf(value)}" is no IP address`);
}

const wrapped = (text: string): string => {
  const [address, prefix] = text.split('/');
  return `[${address}]${prefix === undefined ? '' : `/${prefix}`}`;
};

/** A list gives those of its items that are addresses; without a query, what is none gives false, as in Ansible. */
function each(value: unknown, family: Family | undefined, query: unknown): unknown {
  if (Array.isArray(value)) {
    const fitting = value.filter((item) => fits(item, family));
    return fitting.map((item) => ask(required(item), query, item));
  }
  if (fits(value, family)) return ask(required(value), query, value);
  if (query === undefined) return false;
  const what = typeof value === 'string' ? `"${value}"` : typeName(value);
  throw new TypeError(`${what} is no ${family === undefined ? 'IP' : `IPv${family}`} address`);
}

const fits = (value: unknown, family: Family | undefined): boolean => {
  const found = typeof value === 'string' ? read(value) : undefined;
  return found !== undefined && (family === undefined || familyOf(found) === family);
};

function ask(cidr: string, query: unknown, original: unknown): unknown {
  if (query === undefined || query === '') return original;
  if (typeof query === 'number') return `${nth(cidr, query)}/${prefixOf(cidr)}`;
  const name = textOf(query, 'the query');
  if (/^-?[0-9]{1,15}$/.test(name)) return ask(cidr, Number(name), original);
  const answer = QUERIES[name];
  if (Object.hasOwn(QUERIES, name) && answer) return answer(cidr);
  throw new TypeError(`there is no query "${name}"; there are ${Object.keys(QUERIES).join(', ')} and numbers`);
}

function nth(cidr: string, index: number): string {
  const address = hostAt(cidr, index);
  if (address !== undefined) return address;
  throw new TypeError(`${networkOf(cidr)} has no address with the index ${index}`);
}

const QUERIES: Readonly<Record<string, (cidr: string) => unknown>> = {
  address: addressOf,
  network: (cidr) => addressOf(networkOf(cidr)),
  'network/prefix': networkOf,
  subnet: networkOf,
  'host/prefix': (cidr) => `${addressOf(cidr)}/${prefixOf(cidr)}`,
  prefix: prefixOf,
  netmask: (cidr) => netmask(familyOf(cidr), prefixOf(cidr)),
  hostmask: (cidr) => {
    const { family, first, last } = rangeOf(cidr);
    return fromBigInt(family, last - first);
  },
  broadcast: (cidr) => fromBigInt(familyOf(cidr), rangeOf(cidr).last),
  last_usable: (cidr) =>
    fromBigInt(familyOf(cidr), rangeOf(cidr).last - (familyOf(cidr) === 4 && prefixOf(cidr) < 31 ? 1n : 0n)),
  first_usable: (cidr) =>
    fromBigInt(familyOf(cidr), rangeOf(cidr).first + (prefixOf(cidr) < (familyOf(cidr) === 4 ? 31 : 127) ? 1n : 0n)),
  size: (cidr) => Number(rangeOf(cidr).last - rangeOf(cidr).first + 1n),
  version: familyOf,
};

function netmask(family: Family, prefix: number): string {
  const width = BigInt(family === 4 ? 32 : 128);
  const all = (1n << width) - 1n;
  return fromBigInt(family, all ^ (all >> BigInt(prefix)));
}
