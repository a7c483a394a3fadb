import { formatProblem, printable } from '../error.ts';
import { padCells, widest } from './cells.ts';
import { unified } from './diff.ts';
import type { Event, HostCounts } from './events.ts';

/** Column widths, learned from each play's announcement. */
export interface Widths {
  host: number;
  title: number;
}

export interface LineOptions {
  /** Terminal colours, or plain. */
  readonly colour: boolean;
  /** 1 shows commands. */
  readonly verbose: number;
  /** Shows what files become. */
  readonly diff: boolean;
}

const WIDEST_TITLE = 32;

const PAINT: Record<string, string> = {
  '+': '32',
  '~': '33',
  '-': '31',
  '!': '1;31',
  '>': '36',
  '?': '35',
  ' ': '2',
  '=': '2',
};

/** The lines of one event, without a newline at the end; nothing for events that have none. */
export function eventLines(event: Event, widths: Widths, { colour, verbose, diff }: LineOptions): string[] {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  switch (event.type) {
    case 'play': {
      const { hosts, titles, lab, name } = event;
      widths.host = widest(hosts);
      widths.title = widest(titles.map(printable), WIDEST_TITLE);
      const count = hosts.length === 1 ? '1 host' : `${hosts.length} hosts`;
      return [
        paint(
          '1',
          `PLAY ${[lab, name, count]
            .filter((part) => part !== '')
            .map(printable)
            .join(' · ')}`,
        ),
      ];
    }
    case 'task': {
      const { host, sign, title, notes, commands } = event;
      const head = `  ${host.padEnd(widths.host)}  ${paint(PAINT[sign] ?? '0', sign)} `;
      const said = (event.verbosity ?? 0) > verbose ? '' : printable(event.detail);
      const indent = ' '.repeat(widths.host + 6);
      const [detail = '', ...more] = said.split('\n');
      return [
        `${head}${padCells(printable(title), detail === '' ? 0 : widths.title)}${detail === '' ? '' : `  ${detail}`}`,
        ...more.map((line) => `${indent}${line}`),
        ...(diff ? (event.diffs ?? []).flatMap((one) => paintDiff(unified(one), indent, paint)) : []),
        ...(notes ?? []).map((note) => `${indent}note: ${printable(note)}`),
        ...(verbose > 0 ? (commands ?? []).map((command) => paint('2', `${indent}$ ${printable(command)}`)) : []),
      ];
    }
    case 'host':
      return [
        `  ${event.host.padEnd(widths.host)}  ${paint('1;31', '!')} ${event.state}`,
        indentBlock(formatProblem(event.problem), 4),
      ];
    case 'output': {
      const { host, rc, stdout, stderr } = event;
      const text = printable(`${stdout}${stdout === '' || stdout.endsWith('\n') ? '' : '\n'}${stderr}`.trimEnd());
      const sign = rc === 0 ? '=' : '!';
      const head = `  ${host.padEnd(widths.host)}  ${paint(PAINT[sign]!, sign)} exit code ${rc}`;
      return [head, ...(text === '' ? [] : [indentBlock(text, 6)])];
    }
    case 'problem':
      return [formatProblem(event.problem)];
    case 'message':
      return [printable(event.text)];
    case 'recap':
      return recapLines(event.hosts, event.seconds, paint);
    case 'start':
      return [];
  }
}

const paintDiff = (lines: readonly string[], indent: string, paint: (code: string, text: string) => string): string[] =>
  lines.map((line) => {
    const code = line.startsWith('+') ? '32' : line.startsWith('-') ? '31' : line.startsWith('@') ? '36' : '0';
    return `${indent}${code === '0' ? printable(line) : paint(code, printable(line))}`;
  });

const indentBlock = (text: string, by: number): string => text.replaceAll(/^/gm, ' '.repeat(by));

function recapLines(
  hosts: Readonly<Record<string, HostCounts>>,
  seconds: number,
  paint: (code: string, text: string) => string,
): string[] {
  const names = Object.keys(hosts);
  const width = widest(names);
  return names.map((name) => {
    const { ok, changed, failed, unreachable, reverted, skipped, rescued, ignored, exchanges } = hosts[name]!;
    const colour = failed + unreachable + reverted > 0 ? '1;31' : changed > 0 ? '33' : '32';
    const rest = Object.entries({ reverted, skipped, rescued, ignored })
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `  ${word} ${count}`)
      .join('');
    const cost = `${seconds.toFixed(1)} s in ${exchanges} ${exchanges === 1 ? 'exchange' : 'exchanges'}`;
    const counts = `ok ${ok}  changed ${changed}  failed ${failed}  unreachable ${unreachable}${rest}`;
    return `${paint('1', 'RECAP')} ${paint(colour, name.padEnd(width))}  ${counts}   ${cost}`;
  });
}
