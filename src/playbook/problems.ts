import { suggestion, type Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import { describe } from '../validate.ts';

export const wrongType = (what: string, wanted: string, found: unknown, at: At): Problem => ({
  code: 'WRONG_TYPE',
  message: `${what}: must be ${wanted}, found ${describe(found)}`,
  place: placeOf(at),
});

export const notYet = (word: string, at: At, instead?: string): Problem => ({
  code: 'NOT_YET',
  message: `"${word}" is not supported yet`,
  place: placeOf(at, [word], 'key'),
  hint: instead,
});

export const unknownKeyword = (
  what: string,
  word: string,
  at: At,
  known: readonly string[],
  hint?: string,
): Problem => ({
  code: 'UNKNOWN_KEY',
  message: `${what}: "${word}" is not a keyword`,
  place: placeOf(at, [word], 'key'),
  hint: hint ?? suggestion(word, known),
});
