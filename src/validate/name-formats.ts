import { readAddress, readMac } from '../address.ts';
import { explainAddress } from './address-formats.ts';
import type { Format, Misfit } from './format.ts';
import { quote } from './values.ts';

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const INTERFACE = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;
const MAC = /^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$/;
const WORD = /^[A-Za-z0-9_.:=/-]{1,64}$/;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const HOST = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** Interface names that are the kernel's, in /proc/sys/net/…/conf (all, default) or everywhere (lo). */
const RESERVED_INTERFACES = ['lo', 'all', 'default'];
/** `all` is a word of `reach`; the others have a meaning in every hosts file, or in JavaScript. */
const RESERVED_NAMES = ['all', 'localhost', 'constructor', 'prototype'];

const interfaceName = (reserved: readonly string[]): Format => ({
  words: 'the name of an interface',
  pattern: INTERFACE.source,
  fits: (text) => INTERFACE.test(text) && !reserved.includes(text),
  explain(text) {
    if (reserved.includes(text))
      return { code: 'RESERVED_NAME', why: `${quote(text)} is the kernel's own name`, hint: OTHER };
    return tooLong(text, 15) ?? { code: 'BAD_FORMAT', hint: 'a letter, then letters, digits, "_", "." and "-"' };
  },
});

const tooLong = (text: string, limit: number): Misfit | undefined => {
  const bytes = Buffer.byteLength(text);
  if (bytes <= limit) return undefined;
  return { code: 'NAME_TOO_LONG', why: `${quote(text)} has ${bytes} bytes`, hint: `use at most ${limit}` };
};

const OTHER = 'use another name';

const isName = (text: string): boolean => NAME.test(text) && !RESERVED_NAMES.includes(text);

const isDomain = (text: string, limit: number): boolean =>
  text.length <= limit && text.split('.').every((label) => label.length <= 63 && LABEL.test(label));

const isEndpoint = (text: string): boolean => {
  if (text === 'all' || text === 'all@all' || readAddress(text) !== undefined) return true;
  const at = text.indexOf('@');
  return at < 0 ? isName(text) : isName(text.slice(0, at)) && HOST.test(text.slice(at + 1));
};

/** A name that we give. */
export const newInterface = interfaceName(RESERVED_INTERFACES);

/** An interface that may be there already, so `lo` too. */
export const anyInterface = interfaceName(RESERVED_INTERFACES.filter((name) => name !== 'lo'));

export const mac: Format = {
  words: 'a MAC address',
  pattern: MAC.source,
  fits: (text) => readMac(text) !== undefined,
  explain: (text) =>
    /^[0-9a-f][13579bdf](:[0-9a-f]{2}){5}$/i.test(text)
      ? { code: 'BAD_FORMAT', why: `${quote(text)} is a group address`, hint: 'the first byte of an interface is even' }
      : { code: 'BAD_FORMAT', hint: 'six pairs of hex digits with colons, such as 02:42:ac:1e:05:09' },
};

/** A MAC, or `U:` and any text that stands for one, as pipework has it. */
export const macOrText: Format = {
  ...mac,
  words: 'a MAC address, or U: and a text',
  pattern: `${MAC.source}|^U:.`,
  fits: (text) => /^U:[^\s\p{C}]{1,128}$/u.test(text) || mac.fits(text),
};

/** An interface of the host, by its name or by its MAC. */
export const carrier: Format = {
  words: 'the name of an interface, or mac: and its MAC address',
  pattern: `${INTERFACE.source}|^mac:`,
  fits: (text) => (text.startsWith('mac:') ? readMac(text.slice(4)) !== undefined : newInterface.fits(text)),
  explain: (text) => (text.startsWith('mac:') ? mac.explain!(text.slice(4)) : newInterface.explain!(text)),
};

/** Containers and labs. */
export const name: Format = {
  words: 'a name',
  pattern: NAME.source,
  fits: isName,
  explain(text) {
    if (RESERVED_NAMES.includes(text))
      return { code: 'RESERVED_NAME', why: `${quote(text)} has a meaning of its own`, hint: OTHER };
    if (isName(text.toLowerCase())) return { code: 'BAD_FORMAT', hint: `write ${text.toLowerCase()}` };
    return tooLong(text, 32) ?? { code: 'BAD_FORMAT', hint: 'a small letter, then small letters, digits and "-"' };
  },
};

/** sethostname(2) takes 64 bytes. */
export const hostname: Format = { words: 'a host name', fits: (text) => isDomain(text, 64) };

/** `.` is Docker's word for no search domain at all. */
export const domain: Format = {
  words: 'a domain name',
  fits: (text) => text === '.' || isDomain(text.replace(/\.$/, ''), 253),
};

export const word: Format = { words: 'one word', pattern: WORD.source, fits: (text) => WORD.test(text) };

export const endpoint: Format = {
  words: 'a container, NAME@HOST, an address, all or all@all',
  fits: isEndpoint,
  explain: explainAddress,
};

/** Of a host; where it is looked up nothing else would be known. */
export const path: Format = {
  words: 'an absolute path',
  pattern: '^/[^\\u0000-\\u001f\\u007f]*$',
  fits: (text) => /^\/[^\u0000-\u001f\u007f]*$/.test(text),
  explain: (text) => (text.startsWith('~') ? { code: 'BAD_FORMAT', hint: 'write it out, such as /root' } : undefined),
};

export const user: Format = {
  words: 'the name of a user or group',
  pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*\\$?$',
  fits: (text) => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\$?$/.test(text),
};
