import { printable, type Problem } from '../error.ts';
import type { Locate } from './lines.ts';

// C0 but tab and line ends, DEL, C1, the bidirectional controls ("Trojan Source", CVE-2021-42574), a byte order mark
// inside the text, and halves of surrogate pairs.
const BAD =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u;
const BAD_IN_TEXT = new RegExp(`${BAD.source}|\\r(?!\\n)`, 'gu');
const SHOWN = 10;

/** Characters that nobody should meet unseen in a file, each with its place; only the first ten. */
export function findBadCharacters(text: string, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  for (const { 0: char, index } of text.matchAll(BAD_IN_TEXT)) {
    problems.push(badCharacter(char, locate(index, index + 1), 'delete it'));
    if (problems.length === SHOWN) break;
  }
  return problems;
}

/** The same text with those characters blanked out, so that the parser sees no more of them. */
export const blankBadCharacters = (text: string): string => text.replace(BAD_IN_TEXT, '_');

/** A character that an escape such as "\e" or "\u202e" smuggles into a value; line ends and tabs are welcome there. */
export const badEscape = (value: string): string | undefined => BAD.exec(value)?.[0];

export function badCharacter(char: string, place: Problem['place'], hint?: string): Problem {
  const code = `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  const shown = char === '\r' ? 'a carriage return without a line feed' : `${nameOf(char)} ${code}`;
  return { code: 'BAD_CHARACTER', message: `${shown} is not allowed here`, place, hint };
}

const nameOf = (char: string): string => {
  if (char === '\u0000') return 'the NUL character';
  if (char === '\ufeff') return 'a byte order mark';
  if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(char)) return 'the invisible direction mark';
  return printable(char) === char ? 'the half character' : 'the control character';
};
