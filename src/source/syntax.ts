import type { YAMLError } from 'yaml';
import type { Problem } from '../error.ts';
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
  [/^Flow sequence in block/, 'the list is not closed', 'add ] or indent its lines'],
  [/^Flow map in block/, 'the mapping is not closed', 'add } or indent its lines'],
];

/** The parser's errors as problems: one for each line, since what follows on it is mostly a consequence. */
export function syntaxProblems(
  errors: readonly YAMLError[],
  text: string,
  unclosed: readonly number[],
  locate: Locate,
): Problem[] {
  const problems = new Map<number, Problem>();
  for (const error of errors.slice(0, MAX_ERRORS)) {
    const problem = syntaxProblem(error, text, unclosed, locate);
    const line = problem.place!.line;
    if (!problems.has(line)) problems.set(line, problem);
  }
  const all = [...problems.values()];
  const tabs = all.filter(({ code }) => code === 'TAB');
  return tabs.length > 0 ? tabs : all;
}

function syntaxProblem(error: YAMLError, text: string, unclosed: readonly number[], locate: Locate): Problem {
  const [start, end] = error.pos;
  const tab = tabInIndent(text, start);
  if (tab !== undefined) {
    return { code: 'TAB', message: 'a tab cannot indent YAML', place: locate(tab), hint: 'use spaces' };
  }
  if (error.code === 'MULTIPLE_DOCS') {
    return {
      code: 'MULTIPLE_DOCUMENTS',
      message: 'a second document starts here',
      place: locate(start),
      hint: 'one file is one document; take the --- away',
    };
  }
  if (error.code === 'NON_STRING_KEY') {
    return { code: 'BAD_KEY', message: 'a key must be text', place: locate(start, end) };
  }
  const quote = unclosed.findLast((offset) => offset < end);
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote') && quote !== undefined) {
    return {
      code: 'YAML_SYNTAX',
      message: 'this quote is never closed',
      place: locate(quote),
      hint: `add ${text[quote]} at its end`,
    };
  }
  const own = error.message.split('\n', 1)[0]!;
  const [, message, hint] = WORDS.find(([pattern]) => pattern.test(own)) ?? [];
  return { code: 'YAML_SYNTAX', message: message ?? lowerFirst(own), place: locate(start, end), hint };
}

/** The offset of a tab in the white space that the offset's line starts with. */
function tabInIndent(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const indent = /[ \t]*/y;
  indent.lastIndex = start;
  const tab = indent.exec(text)![0].indexOf('\t');
  return tab < 0 ? undefined : start + tab;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
