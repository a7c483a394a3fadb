import type { Problem } from '../error.ts';
import { blankBadCharacters, findBadCharacters } from './characters.ts';
import { MAX_BYTES } from './limits.ts';
import { locator, type Locate } from './lines.ts';
import type { Source } from './types.ts';

/** A text that is no YAML, and its places. */
export interface PlainText {
  readonly text: string;
  readonly locate: Locate;
  readonly problems: readonly Problem[];
  /** To point into it: a path of two numbers is a stretch from offset to offset, whatever stands behind them. */
  readonly source: Source;
}

/** A text that is no YAML, after the checks that YAML gets: its size, and characters that nobody should meet unseen. */
export function readText(given: string, file: string): PlainText {
  const tooLarge = sizeProblem(given, file);
  const original = tooLarge ? '' : withoutMark(given);
  const locate = locator(original, file);
  const text = blankBadCharacters(original);
  const place: Source['place'] = ([start, end]) =>
    locate(Number(start ?? 0), end === undefined ? undefined : Number(end));
  return {
    text,
    locate,
    problems: tooLarge ? [tooLarge] : findBadCharacters(original, locate),
    source: { file, value: text, place },
  };
}

export const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

export function sizeProblem(text: string, file: string): Problem | undefined {
  if (Buffer.byteLength(text) <= MAX_BYTES) return undefined;
  const message = `the file has more than ${MAX_BYTES / 1024 / 1024} MiB`;
  return { code: 'TOO_LARGE', message, place: { file, line: 1, column: 1 }, hint: 'split it' };
}
