import { eastAsianWidth } from 'get-east-asian-width';

/** What is put on a letter takes no column of a terminal; the letters of East Asia, and emoji, take two. */
const cellsOf = (character: string): number =>
  /^[\p{Mark}\p{Format}]/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);

/** How many columns of a terminal a printable text takes. */
export const cells = (text: string): number =>
  /^[ -~]*$/.test(text) ? text.length : Array.from(text, cellsOf).reduce((sum, each) => sum + each, 0);

export const padCells = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)));

/** No wider than that; what had to go is three points. */
export function cutCells(text: string, width: number): string {
  let sum = 0;
  let kept = '';
  for (const character of text) {
    sum += cellsOf(character);
    if (sum > width) return `${kept}…`;
    if (sum < width) kept += character;
  }
  return text;
}

/** Of the widest, at most; there may be more of them than a call takes arguments. */
export const widest = (texts: readonly string[], most = Infinity): number =>
  texts.reduce((wide, text) => (wide < most ? Math.min(most, Math.max(wide, cells(text))) : wide), 0);
