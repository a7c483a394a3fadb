import { printable } from '../error.ts';

/** What one host is at. Times are milliseconds on one clock. */
export interface Doing {
  readonly host: string;
  readonly what: string;
  readonly since: number;
  /** The last line that its program printed. */
  readonly line?: string;
}

/** Whoever is done sooner is not worth a line that flashes up. */
const PATIENCE_MS = 400;
const MOST_LINES = 8;

/** What the hosts are at, the longest first, each in a line that fits the terminal; nothing while all is quick. */
export function progressLines(all: readonly Doing[], now: number, columns: number): string[] {
  const slow = all.filter(({ since }) => now - since >= PATIENCE_MS).toSorted((a, b) => a.since - b.since);
  const shown = slow.length > MOST_LINES ? slow.slice(0, MOST_LINES - 1) : slow;
  const host = Math.max(0, ...shown.map((one) => one.host.length));
  const what = Math.max(0, ...shown.map((one) => one.what.length));
  const lines = shown.map((one) => {
    const seconds = `${((now - one.since) / 1000).toFixed(1)} s`.padStart(7);
    const said = one.line === undefined || one.line === '' ? '' : `  ${one.line}`;
    return `  ${one.host.padEnd(host)}  … ${one.what.padEnd(what)} ${seconds}${said}`;
  });
  if (shown.length < slow.length) lines.push(`  … and ${slow.length - shown.length} more hosts`);
  return lines.map((line) => printable(line).slice(0, columns - 1));
}
