import type { YAMLError } from 'yaml';
import type { Place, Problem } from '../error.ts';
import { MAX_ERRORS } from './limits.ts';
import type { Locate } from './lines.ts';

/** The parser's errors in the words of who wrote the text; what is not here keeps the parser's own. */
const WORDS: readonly [pattern: RegExp, message: string | undefined, hint: string][] = [
  [
    /^Nested mappings/,
    'a mapping cannot start here',
    'quote the text if its colon belongs to it; else check the indentation',
  ],
  [
    /^Implicit keys need to be on a single line/,
    'this reads as a key over several lines',
    'is a space missing after a colon, or a colon after a key?',
  ],
  [/^Implicit map keys need/, 'a colon is missing after this key', 'write key: value'],
  [/^Plain value cannot start/, undefined, 'quote the text'],
  [/^Invalid escape/, undefined, 'write \\\\ for a backslash, or use single quotes'],
  [/^Unexpected block-seq-ind/, 'a list cannot start here', 'start it on the next line'],
  [/^Unexpected/, 'this does not belong here', 'check the indentation and the quotes'],
  [/^A block sequence may not/, 'a list cannot start here', 'check the indentation'],
  [/^All .* items must start/, 'this line is not aligned with those above', 'check the indentation'],
];

/** Errors about something open, by what it is. */
const OPEN: readonly [pattern: RegExp, char: string, end: string][] = [
  [/^Missing closing "quote/, '"', '"'],
  [/^Missing closing 'quote/, "'", "'"],
  [/^Flow sequence in block/, '[', ']'],
  [/^Flow map in block/, '{', '}'],
];

/**
 * The parser's errors as problems: one for each line, since what follows on it is mostly a consequence.
 * `unclosed` are the offsets of quotes and brackets without an end.
 */
export function syntaxProblems(
  errors: readonly YAMLError[],
  text: string,
  unclosed: readonly number[],
  locate: Locate,
): Problem[] {
  const problems = new Map<number, Problem>();
  const consequences: Problem[] = [];
  for (const error of errors.slice(0, MAX_ERRORS)) {
    const open = OPEN.find(([pattern]) => pattern.test(error.message));
    const start = open && unclosed.findLast((offset) => offset < error.pos[1] && text[offset] === open[1]);
    if (open && start === undefined) {
      consequences.push(syntaxProblem(error, text, locate));
      continue;
    }
    const problem = open ? neverClosed(open[1], open[2], locate(start!)) : syntaxProblem(error, text, locate);
    const line = problem.place!.line;
    if (!problems.has(line)) problems.set(line, problem);
  }
  const all = problems.size > 0 ? [...problems.values()] : consequences;
  const tabs = all.filter(({ code }) => code === 'TAB');
  return tabs.length > 0 ? tabs : all;
}

const neverClosed = (char: string, end: string, place: Place): Problem => ({
  code: 'YAML_SYNTAX',
  message: `this ${char} is never closed`,
  place,
  hint: `add ${end} at its end`,
});

function syntaxProblem(error: YAMLError, text: string, locate: Locate): Problem {
  const tab = tabInIndent(text, error.pos[0]);
  if (tab !== undefined) {
    return { code: 'TAB', message: 'a tab cannot indent YAML', place: locate(tab), hint: 'use spaces' };
  }
  const [start, end] = [
    error.pos[0] + /^ */.exec(text.slice(error.pos[0], error.pos[0] + 200))![0].length,
    error.pos[1],
  ];
  if (error.code === 'NON_STRING_KEY') {
    return { code: 'BAD_KEY', message: 'a key must be text', place: locate(start, end) };
  }
  const own = error.message.split('\n', 1)[0]!;
  const [, message, hint] = WORDS.find(([pattern]) => pattern.test(own)) ?? [];
  return { code: 'YAML_SYNTAX', message: message ?? lowerFirst(own), place: locate(start, end), hint };
}

/** Whether this says nothing but our own words. */
export const isOwnWords = (message: string): boolean =>
  WORDS.some(([, words]) => words === message) || /^this . is never closed$/.test(message);

/** The offset of a tab in the white space that the offset's line starts with. */
function tabInIndent(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const indent = /[ \t]*/y;
  indent.lastIndex = start;
  const tab = indent.exec(text)![0].indexOf('\t');
  return tab < 0 ? undefined : start + tab;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
