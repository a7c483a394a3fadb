/** A range that cannot be expanded; the text says why. */
export class BadRange extends Error {}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MAX_NAMES = 65_536;
const MAX_TOGETHER = 1_000_000;

/** The names that `web[01:10:3]-[a:c]` stands for; a first end with leading zeros sets the width. */
export function expandRange(pattern: string, all = newNames()): string[] {
  const names = expand(pattern, { left: MAX_NAMES });
  all.left -= names.length;
  if (all.left < 0) throw new BadRange(`with this one, all ranges make more than ${MAX_TOGETHER} names`);
  return names;
}

/** How many names all ranges together may still make: a range may stand in many groups. */
export const newNames = () => ({ left: MAX_TOGETHER });

function expand(pattern: string, budget: { left: number }): string[] {
  const open = pattern.indexOf('[');
  if (open < 0) {
    if (budget.left-- === 0) throw new BadRange(`the ranges make more than ${MAX_NAMES} names`);
    return [pattern];
  }
  const close = pattern.indexOf(']', open);
  if (close < 0) throw new BadRange('"[" is not closed');
  const [head, tail] = [pattern.slice(0, open), pattern.slice(close + 1)];
  return valuesOf(pattern.slice(open + 1, close)).flatMap((value) => expand(head + value + tail, budget));
}

function valuesOf(range: string): string[] {
  const [first = '', last = '', step = '1', ...more] = range.split(':');
  if (!range.includes(':') || more.length > 0) throw new BadRange(`[${range}] is not a range`);
  if (last === '') throw new BadRange(`[${range}] has no end`);
  const by = Number(step);
  if (!/^[0-9]+$/.test(step) || by === 0) throw new BadRange(`the step of [${range}] is not a whole number from 1`);
  const from = first === '' ? '0' : first;
  if (isLetter(from) && isLetter(last)) {
    const [start, end] = [LETTERS.indexOf(from), LETTERS.indexOf(last)];
    return steps(range, start, end, by).map((index) => LETTERS[index]!);
  }
  if (!/^[0-9]+$/.test(from) || !/^[0-9]+$/.test(last)) {
    throw new BadRange(`the ends of [${range}] are neither two numbers nor two letters`);
  }
  const padded = from.startsWith('0') && from.length > 1;
  if (padded && from.length !== last.length) {
    throw new BadRange(`the ends of [${range}] have leading zeros and not the same length`);
  }
  return steps(range, Number(from), Number(last), by).map((number) =>
    padded ? String(number).padStart(from.length, '0') : String(number),
  );
}

const isLetter = (text: string): boolean => text.length === 1 && LETTERS.includes(text);

function steps(range: string, from: number, to: number, by: number): number[] {
  if (from > to) throw new BadRange(`[${range}] ends before it begins`);
  const count = Math.floor((to - from) / by) + 1;
  if (count > MAX_NAMES) throw new BadRange(`[${range}] makes more than ${MAX_NAMES} names`);
  return Array.from({ length: count }, (_, index) => from + index * by);
}
