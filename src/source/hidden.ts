import type { Place, Problem } from '../error.ts';
import { isOwnWords } from './syntax.ts';

/** Lines of a text that nobody may see, from 1. */
export interface Hidden {
  has(line: number): boolean;
}

const EVERY: Hidden = { has: () => true };
const secretTexts = new Set<string>();

/** From now on nothing of this text is in what is said about it. */
export const hideText = (text: string): void => void secretTexts.add(text);

/** A word that hides, or that may bring one from elsewhere. */
const HIDING = /(?:\bno_log["']?\s*:(?!\s*(?:false|no|off)\b)|<<["']?\s*:)/i;

/**
 * The lines of everything that says `no_log`, by indentation alone: what is wrong may be just that the text has no other
 * structure. It is the item of a list that the word stands in, up to the next line that is not further in than its dash.
 */
export function hiddenLines(text: string): Hidden {
  if (secretTexts.has(text)) return EVERY;
  const hidden = new Set<number>();
  if (!/\bno_log\b/.test(text)) return hidden;
  const lines = text.split('\n');
  const indents = lines.map((line) => (/\S/.test(line) ? line.search(/\S/) : Infinity));
  for (const [at, line] of lines.entries()) {
    if (!HIDING.test(line)) continue;
    const column = /^\s*- /.test(line) ? indents[at]! + 1 : indents[at]!;
    const first = lines.findLastIndex((one, index) => index <= at && /^\s*- /.test(one) && indents[index]! < column);
    // In JSON, for instance, there is none.
    if (first < 0) return EVERY;
    const after = indents.findIndex((indent, index) => index > first && indent <= indents[first]!);
    for (let index = first; index < (after < 0 ? lines.length : after); index++) hidden.add(index + 1);
  }
  return hidden;
}

/** What is said of something hidden, where it would quote that otherwise. */
const WITHOUT: Readonly<Record<string, string>> = {
  CYCLIC_ALIAS: 'an alias stands inside what it stands for',
  DUPLICATE_KEY: 'a key stands twice in one mapping',
  OUT_OF_RANGE: 'this is too large for a number',
  UNKNOWN_ALIAS: 'no anchor of this name stands before this',
  UNKNOWN_TAG: 'this tag is not known',
};

/** The same problems, without what stands in hidden lines. */
export const hideIn = (problems: readonly Problem[], hidden: Hidden): Problem[] =>
  problems.map((problem) => {
    const { place, other, code } = problem;
    const shown = other && { ...other, place: withoutText(other.place, hidden) };
    if (!place || !hidden.has(place.line)) return { ...problem, other: shown };
    const isQuoting = code === 'YAML_SYNTAX' && !isOwnWords(problem.message);
    return {
      ...problem,
      message: isQuoting ? 'this is no YAML' : (WITHOUT[code] ?? problem.message),
      hint: code === 'UNQUOTED_TEMPLATE' ? 'quote it' : problem.hint,
      place: withoutText(place, hidden),
      other: shown,
    };
  });

export const hideAll = (problems: readonly Problem[]): Problem[] => hideIn(problems, EVERY);

function withoutText(place: Place, hidden: Hidden): Place {
  const { text, ...rest } = place;
  return text === undefined || !hidden.has(place.line) ? place : rest;
}
