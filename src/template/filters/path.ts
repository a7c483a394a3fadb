import { homedir } from 'node:os';
import { posix } from 'node:path';
import { printed } from '../value.ts';
import { listOf, textOf, type Filter } from './filter.ts';

/** Filters for paths and addresses of pages; none of them looks at a disk. */
export const PATH_FILTERS: Readonly<Record<string, Filter>> = {
  // Python's, unlike Node's, take a slash at the end for one before an empty name.
  basename: { apply: (value) => textOf(value).slice(textOf(value).lastIndexOf('/') + 1) },
  dirname: {
    apply: (value) => {
      const head = textOf(value).slice(0, textOf(value).lastIndexOf('/') + 1);
      let end = head.length;
      while (head[end - 1] === '/') end--;
      return end === 0 ? head : head.slice(0, end);
    },
  },
  splitext: {
    apply: (value) => {
      const text = textOf(value);
      const name = text.slice(text.lastIndexOf('/') + 1);
      const dot = name.lastIndexOf('.');
      const length = /[^.]/.test(name.slice(0, Math.max(0, dot))) ? name.length - dot : 0;
      return [text.slice(0, text.length - length), length === 0 ? '' : text.slice(-length)];
    },
  },
  path_join: {
    apply: (value) =>
      (Array.isArray(value) ? listOf(value) : [value])
        .map((part) => textOf(part))
        .reduce((path, part) => {
          if (part.startsWith('/') || path === '') return part;
          return path.endsWith('/') ? path + part : `${path}/${part}`;
        }),
  },
  normpath: { apply: (value) => normal(textOf(value)) },
  relpath: {
    options: ['start'],
    apply: (value, [start], options) =>
      posix.relative(textOf(start ?? options.start ?? '.', 'the start'), textOf(value)) || '.',
  },
  expanduser: { apply: (value) => textOf(value).replace(/^~(?=\/|$)/, homedir()) },
  urlencode: {
    apply: (value) => {
      if (typeof value === 'string' || typeof value === 'number') return encoded(String(value), '/');
      const pairs = Array.isArray(value)
        ? (value as unknown[]).map((pair) => listOf(pair))
        : Object.entries(value ?? {});
      return pairs
        .map(([key, inner]) => [key, inner].map((part) => encoded(printed(part), '').replaceAll('%20', '+')).join('='))
        .join('&');
    },
  },
  urldecode: { apply: (value) => decodeURIComponent(textOf(value).replaceAll('+', ' ')) },
  urlsplit: {
    options: ['query'],
    apply: (value, [part], options) => {
      const parts = urlParts(textOf(value));
      const name = part ?? options.query;
      if (name === undefined || name === '') return parts;
      const word = textOf(name, 'the part');
      if (Object.hasOwn(parts, word)) return parts[word as keyof typeof parts];
      throw new TypeError(`there is no part "${word}"; there are ${Object.keys(parts).join(', ')}`);
    },
  },
};

function normal(path: string): string {
  const text = posix.normalize(path);
  return text === '/' ? text : text.replace(/\/$/, '');
}

/** As Python's `quote`. */
const encoded = (text: string, safe: string): string =>
  encodeURIComponent(text).replace(/[!'()*]|%2F/g, (part) =>
    part === '%2F' ? (safe === '/' ? '/' : part) : `%${part.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** RFC 3986, appendix B, and what Python makes of its authority. */
function urlParts(text: string) {
  const [, scheme = '', netloc = '', path = '', query = '', fragment = ''] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([^]*))?$/.exec(text) ?? [];
  const at = netloc.lastIndexOf('@');
  const [username, password] = at < 0 ? [null, null] : split(netloc.slice(0, at), ':');
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(netloc.slice(at + 1)) ?? [];
  return {
    fragment,
    hostname: host.replace(/^\[|\]$/g, '').toLowerCase() || null,
    netloc,
    password,
    path,
    port: port ? Number(port) : null,
    query,
    scheme: scheme.toLowerCase(),
    username,
  };
}

function split(text: string, by: string): [string, string | null] {
  const at = text.indexOf(by);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
