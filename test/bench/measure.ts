/** A line of the table. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  /** At most so much is right; without it there is nothing to keep. */
  readonly target?: string;
  readonly ok?: boolean;
}

/** Something that is timed, and what has to be done before and after it, which is not. */
export interface Task {
  readonly before?: () => Promise<void>;
  readonly run: () => Promise<unknown>;
}

/** The milliseconds of one round, with nothing else in them. */
async function timed({ before, run }: Task): Promise<number> {
  await before?.();
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

const span = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

/**
 * How many times as long the one takes as the other: the median over pairs that follow each other directly, so that
 * what else the machine does falls on both. The first pair only warms up, if there is more than one.
 */
export async function compare(
  what: string,
  runs: number,
  target: number | undefined,
  one: Task,
  other: Task,
): Promise<Row> {
  const pairs: [number, number][] = [];
  for (let run = 0; run <= runs; run++) {
    const pair: [number, number] = [await timed(one), await timed(other)];
    if (run > 0) pairs.push(pair);
  }
  const ratio = median(pairs.map(([a, b]) => a / b));
  const [a, b] = [0, 1].map((side) => span(median(pairs.map((pair) => pair[side]!))));
  const measured = `${ratio.toFixed(2)}x  (${a} : ${b}, ${runs} runs)`;
  return target === undefined
    ? { what, measured }
    : { what, measured, target: `<= ${target.toFixed(1)}x`, ok: ratio <= target };
}

export const exactly = (what: string, found: string, target: string): Row => ({
  what,
  measured: found,
  target,
  ok: found === target,
});

/** The table as text, columns aligned. */
export function table(rows: readonly Row[]): string {
  const verdict = ({ ok }: Row): string => (ok === undefined ? '' : ok ? 'ok' : 'over');
  const cells = [
    ['what', 'ratio', 'target', ''],
    ...rows.map((row) => [row.what, row.measured, row.target ?? '', verdict(row)]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
