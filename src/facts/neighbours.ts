import { readAddress } from '../address.ts';
import { readShaped } from './shape.ts';
import type { Listener, NeighbourProxy } from './world.ts';

/** Reads `ip -6 -j neigh show proxy`. */
export function parseProxies(text: string): NeighbourProxy[] {
  return readShaped(text, [{ 'dst?': 'text', 'dev?': 'text' }], '[]').flatMap(({ dst, dev }) => {
    const address = readAddress(dst ?? '');
    return address === undefined || dev === undefined ? [] : [{ dev, address }];
  });
}

/** Reads `bridge -j fdb show dev X`: the entries of a VXLAN link that are for every destination. */
export function parseFlood(text: string): string[] {
  return readShaped(text, [{ 'mac?': 'text', 'dst?': 'text' }], '[]')
    .filter(({ mac }) => mac === '00:00:00:00:00:00')
    .flatMap(({ dst }) => readAddress(dst ?? '') ?? [])
    .toSorted();
}

/** Reads `ss -Hlntu`: `tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*`, where the address may be `*`, `[::1]` or `127.0.0.53%lo`. */
export const parseListeners = (lines: readonly string[]): Listener[] =>
  lines.flatMap((line) => {
    const [protocol, , , , local = ''] = line.split(/\s+/);
    const colon = local.lastIndexOf(':');
    const port = Number(local.slice(colon + 1));
    if ((protocol !== 'tcp' && protocol !== 'udp') || !Number.isInteger(port)) return [];
    const text = local
      .slice(0, colon)
      .replace(/^\[|\]$/g, '')
      .replace(/%[^]*/, '');
    if (text === '*') return [{ protocol, port }];
    const family = text.includes(':') ? 6 : 4;
    const isAny = text === '0.0.0.0' || text === '::';
    return [{ protocol, family, port, ...(isAny ? {} : { address: readAddress(text) }) }];
  });
