import { addressOf, familyOf, networkOf, readAddress, readCidr, readNetwork, type Family } from '../address.ts';
import type { Format, Misfit } from './format.ts';
import { quote } from './values.ts';

const isOf = (family: Family | undefined, text: string | undefined): boolean =>
  text !== undefined && (family === undefined || familyOf(text) === family);

/** The other family's text where this family is wanted. */
const wrongFamily = (text: string, family: Family | undefined, read: (text: string) => string | undefined) => {
  const value = read(text);
  if (value === undefined || isOf(family, value)) return undefined;
  return { code: 'FAMILY_MISMATCH', why: `${quote(text)} is not IPv${family}` };
};

/** What an editor can tell of a text of that family. */
const roughly = (family: Family | undefined): string =>
  family === undefined ? '[0-9A-Fa-f:.]+' : family === 4 ? '[0-9.]+' : '[0-9A-Fa-f:]+';

export const address = (words: string, family?: Family): Format => ({
  words,
  pattern: `^${roughly(family)}$`,
  fits: (text) => isOf(family, readAddress(text)),
  explain(text) {
    const value = readCidr(text);
    if (value !== undefined && isOf(family, value)) {
      return { code: 'BAD_FORMAT', why: `${quote(text)} has a prefix length`, hint: `write ${addressOf(value)}` };
    }
    return wrongFamily(text, family, readAddress) ?? explainAddress(text);
  },
});

export const cidr = (words: string, family?: Family): Format => ({
  words,
  pattern: `^${roughly(family)}/[0-9]{1,3}$`,
  fits: (text) => isOf(family, readCidr(text)),
  explain: (text) => withoutPrefix(text, family) ?? wrongFamily(text, family, readCidr) ?? explainAddress(text),
});

export const network = (words: string, family?: Family): Format => ({
  words,
  pattern: `^${roughly(family)}/[0-9]{1,3}$`,
  fits: (text) => isOf(family, readNetwork(text)),
  explain(text) {
    const wrong = withoutPrefix(text, family) ?? wrongFamily(text, family, readCidr);
    const value = readCidr(text);
    if (wrong || value === undefined) return wrong ?? explainAddress(text);
    return { code: 'HOST_BITS', why: `${quote(text)} has host bits set`, hint: `the network is ${networkOf(value)}` };
  },
});

const withoutPrefix = (text: string, family: Family | undefined): Misfit | undefined => {
  const value = readAddress(text);
  if (value === undefined || !isOf(family, value)) return undefined;
  const hint = `add it, such as ${text}/${familyOf(value) === 4 ? 24 : 64}`;
  return { code: 'BAD_FORMAT', why: `${quote(text)} has no prefix length`, hint };
};

const WIDTH = { 4: 32, 6: 128 } as const;

/** What keeps a text from being an address at all, with or without a prefix length. */
export function explainAddress(text: string): Misfit | undefined {
  const [address = '', prefix] = text.split('/', 2);
  const family = readAddress(address)?.includes(':') ? 6 : 4;
  if (prefix !== undefined && readAddress(address) !== undefined) {
    return {
      code: 'BAD_FORMAT',
      why: `${quote(prefix)} is not a prefix length`,
      hint: `IPv${family} has 0 to ${WIDTH[family]}`,
    };
  }
  if (address.includes('%')) {
    const hint = `write ${address.slice(0, address.indexOf('%'))} and name the interface`;
    return { code: 'BAD_FORMAT', why: `${quote(text)} has a zone`, hint };
  }
  // 010.0.0.1 is 8.0.0.1 to some programs and 10.0.0.1 to others.
  if (/^\d+(\.\d+){3}$/.test(address) && /(^|\.)0\d/.test(address)) {
    return { code: 'BAD_FORMAT', why: `${quote(text)} has a leading zero`, hint: 'leave the zero out' };
  }
  return /^::(ffff:)?\d+(\.\d+){3}$/i.test(address)
    ? { code: 'BAD_FORMAT', why: `${quote(text)} is an IPv4 address in IPv6's clothes`, hint: 'write the IPv4 address' }
    : undefined;
}

export const addressOrNetwork = (words: string): Format => ({
  words,
  pattern: `^${roughly(undefined)}(/[0-9]{1,3})?$`,
  fits: (text) => readAddress(text) !== undefined || readNetwork(text) !== undefined,
  explain(text) {
    const value = readCidr(text);
    if (value === undefined) return explainAddress(text);
    return { code: 'HOST_BITS', why: `${quote(text)} has host bits set`, hint: `the network is ${networkOf(value)}` };
  },
});

export const addressOrCidr = (words: string): Format => ({
  words,
  pattern: `^${roughly(undefined)}(/[0-9]{1,3})?$`,
  fits: (text) => readAddress(text) !== undefined || readCidr(text) !== undefined,
  explain: explainAddress,
});
