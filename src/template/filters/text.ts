import { quote } from '../../command.ts';
import { isTrue, printed } from '../value.ts';
import { checkLength } from '../weight.ts';
import { methodFilter } from '../words.ts';
import { comment, COMMENT_OPTIONS } from './comment.ts';
import { integerOf, isMapping, listOf, textOf, typeName, type Filter } from './filter.ts';

/** Filters for texts. */
export const TEXT_FILTERS: Readonly<Record<string, Filter>> = {
  string: { apply: (value) => printed(value) },
  join: {
    options: ['attribute'],
    apply: (value, [separator, attribute], options) => {
      const name = attribute ?? options.attribute;
      const items =
        typeof value === 'string' ? Array.from(value) : isMapping(value) ? Object.keys(value) : listOf(value);
      const parts = name === undefined ? items : items.map((item) => (isMapping(item) ? item[textOf(name)] : null));
      const between = separator === undefined ? '' : textOf(separator, 'the separator');
      const texts = parts.map(printed);
      checkLength(texts.reduce((length, text) => length + text.length + between.length, 0));
      return texts.join(between);
    },
  },
  format: { apply: (value, args) => formatted(textOf(value), args) },
  // A quote inside of it as Python's shlex writes it: what stands in files shall be the same.
  quote: { apply: (value) => quote(value === null ? '' : textOf(value)).replaceAll("'\\''", `'"'"'`) },
  replace: {
    options: ['count'],
    apply: (value, [old, fresh, count], options) => {
      const parts = printed(value).split(textOf(old, 'the text to replace'));
      const most = integerOf(count ?? options.count ?? -1, 'count');
      const by = textOf(fresh, 'the replacement');
      checkLength(printed(value).length + parts.length * by.length);
      if (most < 0 || most >= parts.length - 1) return parts.join(by);
      return parts.slice(0, most + 1).join(by) + textOf(old) + parts.slice(most + 1).join(textOf(old));
    },
  },
  indent: {
    options: ['width', 'first', 'blank'],
    apply: (value, [width, first, blank], options) => {
      const by = width ?? options.width ?? 4;
      const columns = typeof by === 'string' ? by.length : integerOf(by, 'width');
      const lines = textOf(value).split('\n');
      checkLength(textOf(value).length + lines.length * columns);
      const space = typeof by === 'string' ? by : ' '.repeat(Math.max(0, columns));
      const isIndented = (line: string, index: number): boolean =>
        index === 0 ? isTrue(first ?? options.first) : line !== '' || isTrue(blank ?? options.blank);
      return lines.map((line, index) => (isIndented(line, index) ? space + line : line)).join('\n');
    },
  },
  truncate: {
    options: ['length', 'killwords', 'end', 'leeway'],
    apply: (value, [length, killwords, end, leeway], options) => {
      const text = textOf(value);
      const most = integerOf(length ?? options.length ?? 255, 'length');
      const tail = textOf(end ?? options.end ?? '...', 'the end');
      if (text.length <= most + integerOf(leeway ?? options.leeway ?? 5, 'leeway')) return text;
      const cut = text.slice(0, Math.max(0, most - tail.length));
      const word =
        isTrue(killwords ?? options.killwords) || !cut.includes(' ') ? cut : cut.slice(0, cut.lastIndexOf(' '));
      return word + tail;
    },
  },
  center: {
    options: ['width'],
    apply: (value, [width], options) => centred(textOf(value), width ?? options.width ?? 80),
  },
  wordcount: { apply: (value) => (textOf(value).match(/\w+/g) ?? []).length },
  comment: { options: COMMENT_OPTIONS, apply: (value, [style], options) => comment(textOf(value), style, options) },
  [methodFilter('format')]: { options: [], apply: (value, args) => braced(textOf(value), args) },
  [methodFilter('zfill')]: {
    apply: (value, [width]) => {
      const [, sign = '', digits = ''] = /^([-+]?)([^]*)$/.exec(textOf(value)) ?? [];
      return sign + digits.padStart(widthOf(width) - sign.length, '0');
    },
  },
  [methodFilter('ljust')]: {
    apply: (value, [width, fill]) => textOf(value).padEnd(widthOf(width), textOf(fill ?? ' ')),
  },
  [methodFilter('rjust')]: {
    apply: (value, [width, fill]) => textOf(value).padStart(widthOf(width), textOf(fill ?? ' ')),
  },
  [methodFilter('center')]: { apply: (value, [width]) => centred(textOf(value), width) },
  [methodFilter('partition')]: {
    apply: (value, [by]) => {
      const at = textOf(value).indexOf(textOf(by));
      return at < 0 ? [value, '', ''] : [textOf(value).slice(0, at), by, textOf(value).slice(at + textOf(by).length)];
    },
  },
};

function widthOf(width: unknown): number {
  const wide = integerOf(width, 'the width');
  checkLength(wide);
  return wide;
}

/** As Jinja's: what cannot be shared goes to the right. */
function centred(text: string, width: unknown): string {
  const rest = Math.max(0, widthOf(width) - text.length);
  return ' '.repeat(Math.floor(rest / 2)) + text + ' '.repeat(Math.ceil(rest / 2));
}

/** Python's `'{} {name}'.format(…)`, without conversions and formats. */
function braced(text: string, args: readonly unknown[]): string {
  let next = 0;
  return text.replace(
    /\{\{|\}\}|\{([0-9]*)(?::([<>^]?)(0?)([0-9]*)d?)?\}/g,
    (all, number?: string, align?: string, zero?: string, width?: string) => {
      if (all === '{{' || all === '}}') return all[0]!;
      const index = number === '' || number === undefined ? next++ : Number(number);
      if (index >= args.length) throw new TypeError('there are fewer values than places for them');
      const value = args[index];
      const shown = printed(value);
      const wide = widthOf(width === undefined || width === '' ? 0 : width);
      if (zero === '0') return shown.padStart(wide, '0');
      if (align === '^') return centred(shown, wide);
      const isRight = align === '>' || (!align && typeof value === 'number');
      return isRight ? shown.padStart(wide) : shown.padEnd(wide);
    },
  );
}

/** Python's `%`: `%s`, `%d`, `%05.1f`, `%x`, `%%`. */
export function formatted(text: string, args: readonly unknown[]): string {
  let next = 0;
  return text.replace(
    /%([-0+ ]*)((?:[1-9][0-9]*)?)(?:\.([0-9]+))?([sdifxXob%])/g,
    (_, flags: string, width: string, precision: string | undefined, type: string) => {
      if (type === '%') return '%';
      if (next >= args.length) throw new TypeError('there are fewer values than places for them');
      const value = args[next++];
      checkLength(Number(width));
      const digits = converted(value, type, precision);
      const signed = flags.includes('+') && typeof value === 'number' && value >= 0 ? `+${digits}` : digits;
      if (flags.includes('-')) return signed.padEnd(Number(width));
      if (!flags.includes('0') || type === 's') return signed.padStart(Number(width));
      const sign = /^[-+]/.exec(signed)?.[0] ?? '';
      return sign + signed.slice(sign.length).padStart(Number(width) - sign.length, '0');
    },
  );
}

function converted(value: unknown, type: string, precision: string | undefined): string {
  if (type === 's') return precision === undefined ? printed(value) : printed(value).slice(0, Number(precision));
  const number = Number(value);
  if (typeof value === 'object' || Number.isNaN(number))
    throw new TypeError(`%${type} is for numbers, not for ${typeName(value)}`);
  if (type === 'f') return number.toFixed(Number(precision ?? 6));
  const whole = Math.trunc(number);
  if (type === 'd' || type === 'i') return String(whole);
  const digits = whole.toString(type === 'o' ? 8 : type === 'b' ? 2 : 16);
  return type === 'X' ? digits.toUpperCase() : digits;
}
