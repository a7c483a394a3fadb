import { printable } from '../error.ts';

/** How long a host was at something, in milliseconds. */
export interface Spent {
  readonly host: string;
  readonly what: string;
  readonly ms: number;
}

const MOST = 20;

/** Where the time went: the longest first. */
export function profileLines(all: readonly Spent[]): string[] {
  const longest = all.toSorted((a, b) => b.ms - a.ms).slice(0, MOST);
  const host = Math.max(0, ...longest.map((one) => one.host.length));
  const rest = all.length > longest.length ? `, the longest ${MOST} of ${all.length}` : '';
  return [
    `PROFILE in seconds${rest}`,
    ...longest.map(
      (one) => `${(one.ms / 1000).toFixed(2).padStart(8)}  ${one.host.padEnd(host)}  ${printable(one.what)}`,
    ),
  ];
}
