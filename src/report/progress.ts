import { printable } from '../error.ts';
import { cells, cutCells, padCells } from './cells.ts';

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
/** The columns of a line besides its host's name and what that is at, up to the end of the time. */
const ROOM_FOR_TIME = 15;

/** What the hosts are at, the longest first, each in a line that fits the terminal; nothing while all is quick. */
export function progressLines(all: readonly Doing[], now: number, columns: number, rows = Infinity): string[] {
  const most = Math.max(1, Math.min(MOST_LINES, rows - 1));
  const slow = all.filter(({ since }) => now - since >= PATIENCE_MS).toSorted((a, b) => a.since - b.since);
  const shown = slow.length > most ? slow.slice(0, most - 1) : slow;
  // A long name leaves room for the time and, where there is some, for what the program says.
  const host = widest(shown, 'host', Math.floor(columns / 3));
  const room = columns - host - ROOM_FOR_TIME;
  const what = widest(shown, 'what', shown.some(({ line }) => line) ? Math.floor(room / 2) : room);
  const lines = shown.map((one) => {
    const seconds = `${((now - one.since) / 1000).toFixed(1)} s`.padStart(7);
    const said = one.line === undefined || one.line === '' ? '' : `  ${printable(one.line)}`;
    return `  ${column(one.host, host)}  … ${column(one.what, what)} ${seconds}${said}`;
  });
  if (shown.length < slow.length) lines.push(`  … and ${slow.length - shown.length} more hosts`);
  return lines.map((line) => cutCells(line, columns - 1));
}

const widest = (all: readonly Doing[], part: 'host' | 'what', most: number): number =>
  Math.min(most, Math.max(0, ...all.map((one) => cells(printable(one[part])))));

const column = (text: string, width: number): string => padCells(cutCells(printable(text), width), width);
