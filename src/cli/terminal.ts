import { performance } from 'node:perf_hooks';
import type { Watch } from '../connect.ts';
import { printable } from '../error.ts';
import { cells, profileLines, progressLines, type Doing, type Spent } from '../report.ts';

const REDRAW_MS = 200;

export interface Screen {
  readonly write: (text: string) => void;
  readonly watch: Watch;
  /** Where the time went so far. */
  readonly profile: () => string[];
  /** Takes the moving lines away for good. */
  readonly close: () => void;
}

/**
 * What is printed, and below it, in a terminal, moving lines that say what the hosts are at. They are taken away before
 * anything else is written, and both in one write, so that nothing flickers. `live` prints the output of programs.
 */
export function openScreen(stream: NodeJS.WriteStream, moving: boolean, live: boolean): Screen {
  const doing = new Map<string, Doing>();
  const spent: Spent[] = [];
  let drawn: readonly string[] = [];
  const cleared = (): string => {
    // A window that was made narrower has broken the lines in it.
    const rows = drawn.map((line) => Math.ceil(cells(line) / columns()));
    return drawn.length === 0 ? '' : `\u001b[${rows.reduce((sum, each) => sum + each, 0)}A\u001b[0J`;
  };
  const columns = (): number => stream.columns || 80;
  const draw = (before = ''): void => {
    const lines = moving ? progressLines([...doing.values()], performance.now(), columns(), stream.rows) : [];
    if (before === '' && drawn.length === 0 && lines.length === 0) return;
    const text = `${cleared()}${before}${lines.map((line) => `${line}\n`).join('')}`;
    drawn = lines;
    stream.write(text);
  };
  const timer = moving ? setInterval(draw, REDRAW_MS).unref() : undefined;
  return {
    write: draw,
    watch: (progress) => {
      const { host } = progress;
      const now = performance.now();
      const before = doing.get(host);
      if (progress.type === 'begin') doing.set(host, { host, what: progress.what, since: now });
      else if (progress.type === 'output') {
        if (before) doing.set(host, { ...before, line: progress.line });
        if (live) draw(`  ${host}  | ${printable(progress.line)}\n`);
      } else if (before) {
        spent.push({ host, what: before.what, ms: now - before.since });
        doing.delete(host);
      }
    },
    profile: () => profileLines(spent),
    close: () => {
      clearInterval(timer);
      doing.clear();
      draw();
    },
  };
}
