import { formatted } from '../template.ts';

/** `5`, `2-10/2`, `4:host%02d`. */
const SHORT = /^(?:(0x[0-9a-f]+|\d+)-)?(0x[0-9a-f]+|\d+)(?:\/(0x[0-9a-f]+|\d+))?(?::([^]+))?$/i;

const MOST = 100_000;

/** Ansible's sequences: `start=0x0f00 count=4 format=%04x`, or one of the short forms. All of them are texts. */
export function sequence(text: string): string[] {
  const { start, end, stride, format } = read(text.trim());
  if (stride === 0) return [];
  if (stride > 0 && end < start) throw new TypeError(`to count from ${start} to ${end}, give a negative stride`);
  if (stride < 0 && end > start) throw new TypeError(`to count from ${start} to ${end}, give a positive stride`);
  if (format.replaceAll('%%', '').split('%').length !== 2)
    throw new TypeError(`"${format}" must have one place for the number`);
  const length = Math.floor((end - start) / stride) + 1;
  if (length > MOST) throw new TypeError(`more than ${MOST} numbers`);
  return Array.from({ length }, (_, index) => formatted(format, [start + index * stride]));
}

interface Sequence {
  readonly start: number;
  readonly end: number;
  readonly stride: number;
  readonly format: string;
}

function read(text: string): Sequence {
  const [, first, last, step, format] = SHORT.exec(text) ?? [];
  if (last !== undefined) {
    return {
      start: numberOf(first ?? '1'),
      end: numberOf(last),
      stride: numberOf(step ?? '1'),
      format: format ?? '%d',
    };
  }
  const given = new Map(
    text
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => {
        const [name, ...value] = word.split('=');
        if (!NAMES.includes(name!) || value.length === 0)
          throw new TypeError(`"${word}" has no meaning; there are ${NAMES.join(', ')}`);
        return [name!, value.join('=').replace(/^(["'])(.*)\1$/, '$2')];
      }),
  );
  const number = (name: string): number | undefined => (given.has(name) ? numberOf(given.get(name)!) : undefined);
  const [start, stride, count, end] = [number('start') ?? 1, number('stride') ?? 1, number('count'), number('end')];
  if ((count === undefined) === (end === undefined)) throw new TypeError('give either end or count');
  const none = { start: 0, end: 0, stride: 0 };
  const whole =
    count === undefined
      ? { start, end: end!, stride }
      : count === 0
        ? none
        : { start, end: start + count * stride - 1, stride };
  return { ...whole, format: given.get('format') ?? '%d' };
}

const NAMES = ['start', 'end', 'count', 'stride', 'format'];

function numberOf(text: string): number {
  const number = /^-?(0x[0-9a-f]+|0o?[0-7]+|\d+)$/i.test(text)
    ? Number(text.replace(/^(-?)0o?(?=[0-7])/i, '$10o'))
    : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new TypeError(`"${text}" is no whole number`);
}
