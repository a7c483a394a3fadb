import type { Place } from '../error.ts';

/** The place of a stretch of text, from offset to offset; shortened to its first line. */
export type Locate = (start: number, end?: number) => Place;

/** Finds places in a text by binary search over its lines. */
export function locator(text: string, file: string): Locate {
  let starts: number[] | undefined;
  return (start, end = start + 1) => {
    starts ??= lineStarts(text);
    const line = lineAt(starts, Math.min(start, text.length));
    const from = starts[line]!;
    const lineEnd = line + 1 < starts.length ? starts[line + 1]! - 1 : text.length;
    const shown = text.slice(from, lineEnd).replace(/\r$/, '');
    const column = Math.min(start - from, shown.length);
    const length = shown.slice(column, Math.max(column, end - from)).trimEnd().length;
    return { file, line: line + 1, column: column + 1, text: shown, length: Math.max(1, length) };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** The index of the last line that starts at or before the offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
