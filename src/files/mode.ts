const OCTAL = /^[0-7]{3,4}$/;
const CLAUSE = /^([ugoa]*)([-+=])([rwxXst]*)$/;
const BITS = { r: 4, w: 2, x: 1 } as const;
const SHIFT = { u: 6, g: 3, o: 0 } as const;

/** A number that somebody wrote without the leading zero, such as 644: as a mode it would be 1204. */
export const isDecimalMistake = (mode: number): boolean => /^[1-7]?[67][0-7]{2}$/.test(`${mode}`);

/** As four octal digits: of a number, or of octal text; of a symbolic one only together with what is there. */
export function modeOf(mode: number | string | undefined, before: string, isDirectory: boolean): string {
  if (mode === undefined) return before;
  if (typeof mode === 'number') return mode.toString(8).padStart(4, '0');
  return OCTAL.test(mode) ? mode.padStart(4, '0') : applyMode(mode, before, isDirectory);
}

/** As chmod(1) does, with a umask that takes nothing away: `u=rwX,g-w,o=`. */
function applyMode(symbolic: string, before: string, isDirectory: boolean): string {
  let bits = parseInt(before, 8);
  for (const clause of symbolic.split(',')) {
    const [, who = '', operator, letters = ''] = CLAUSE.exec(clause) ?? [];
    const classes =
      who === '' || who.includes('a')
        ? (['u', 'g', 'o'] as const)
        : (['u', 'g', 'o'] as const).filter((one) => who.includes(one));
    let mask = 0;
    let value = 0;
    for (const one of classes) {
      mask |= 7 << SHIFT[one];
      for (const letter of letters) {
        if (letter in BITS) value |= BITS[letter as keyof typeof BITS] << SHIFT[one];
        else if (letter === 'X' && (isDirectory || (bits & 0o111) !== 0)) value |= 1 << SHIFT[one];
        else if (letter === 's' && one === 'u') value |= 0o4000;
        else if (letter === 's' && one === 'g') value |= 0o2000;
      }
    }
    if (letters.includes('t')) value |= 0o1000;
    if (operator === '+') bits |= value;
    else if (operator === '-') bits &= ~value;
    else bits = (bits & ~mask) | value;
  }
  return bits.toString(8).padStart(4, '0');
}
