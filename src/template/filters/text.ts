import { posix } from 'node:path';
import { quote } from '../../command.ts';
import { printed } from '../value.ts';
import { checkLength } from '../weight.ts';
import { integerOf, isMapping, listOf, textOf, typeName, type Filter } from './filter.ts';

/** Filters for texts and their formats. */
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
  int: {
    options: ['default', 'base'],
    apply: (value, [fallback, base], options) => {
      const radix = integerOf(base ?? options.base ?? 10, 'base');
      const digits = typeof value === 'string' ? value.trim().replaceAll('_', '') : value;
      const number =
        typeof digits !== 'string'
          ? Math.trunc(Number(digits))
          : radix === 10
            ? /^[-+]?[0-9]+(\.[0-9]*)?$/.test(digits)
              ? Math.trunc(Number(digits))
              : NaN
            : parseInt(digits.replace(/^0[xob]/i, ''), radix);
      return Number.isSafeInteger(number) ? number : (fallback ?? options.default ?? 0);
    },
  },
  float: {
    options: ['default'],
    apply: (value, [fallback], options) => {
      const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
      return Number.isFinite(number) ? number : (fallback ?? options.default ?? 0);
    },
  },
  format: { apply: (value, args) => format(textOf(value), args) },
  quote: { apply: (value) => quote(value === null ? '' : textOf(value)) },
  basename: { apply: (value) => posix.basename(textOf(value)) },
  dirname: { apply: (value) => posix.dirname(textOf(value)).replace(/^\.$/, '') },
  b64encode: { apply: (value) => Buffer.from(textOf(value), 'utf8').toString('base64') },
  b64decode: { apply: (value) => decode(textOf(value)) },
  to_json: { apply: (value) => pythonJson(value) },
  to_nice_json: {
    options: ['indent'],
    apply: (value, [indent], options) =>
      JSON.stringify(value, null, integerOf(indent ?? options.indent ?? 4, 'indent')),
  },
  from_json: {
    apply: (value) => {
      try {
        return JSON.parse(textOf(value)) as unknown;
      } catch (error) {
        throw new TypeError(`no JSON: ${(error as Error).message}`, { cause: error });
      }
    },
  },
  regex_replace: {
    options: ['ignorecase', 'multiline', 'count'],
    apply: (value, [pattern, replacement], options) => {
      let left = integerOf(options.count ?? 0, 'count') || Infinity;
      const fill = template(textOf(replacement ?? '', 'the replacement'));
      let length = 0;
      return textOf(value).replace(regex(pattern, options, 'g'), (...match) => {
        const filled = left-- > 0 ? fill(match) : match[0];
        checkLength((length += filled.length));
        return filled;
      });
    },
  },
  regex_search: {
    options: ['ignorecase', 'multiline'],
    apply: (value, [pattern, ...groups], options) => {
      const match = regex(pattern, options, '').exec(textOf(value));
      if (!match) return null;
      return groups.length === 0
        ? match[0]
        : groups.map((group) => template(textOf(group, 'a group'))([...match, match.groups]));
    },
  },
  regex_findall: {
    options: ['ignorecase', 'multiline'],
    apply: (value, [pattern], options) =>
      [...textOf(value).matchAll(regex(pattern, options, 'g'))].map(([all, ...groups]) =>
        groups.length === 0 ? all : groups.length === 1 ? groups[0] : groups,
      ),
  },
  regex_escape: { apply: (value) => textOf(value).replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&') },
};

function decode(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/(?<!=)=+$/, '') !== text.replace(/(?<!=)=+$/, '').replace(/\s/g, '')) {
    throw new TypeError('the text is not base64');
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** Python's separators: `{"a": 1, "b": [1, 2]}`. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${pythonJson(inner)}`)
    .join(', ')}}`;
}

/** A Python regular expression, as far as it differs in form. */
export function regex(pattern: unknown, options: Readonly<Record<string, unknown>>, flags: string): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(textOf(pattern, 'the pattern'));
  const source = textOf(pattern)
    .slice(inline?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$$');
  const all = new Set(Array.from(flags + (inline?.[1] ?? '')));
  if (options.ignorecase === true) all.add('i');
  if (options.multiline === true) all.add('m');
  try {
    return new RegExp(source, [...all].join(''));
  } catch (error) {
    throw new TypeError((error as Error).message, { cause: error });
  }
}

/** Python's replacement text: `\1`, `\g<1>`, `\g<name>`. Takes what `String.replace` gives its function. */
function template(text: string): (match: readonly unknown[]) => string {
  return (match) => {
    const names = match.at(-1);
    return text.replace(
      /\\(?:([0-9]{1,2})|g<([A-Za-z_0-9]+)>|([^]))/g,
      (_, number?: string, name?: string, char?: string) => {
        if (char !== undefined) return char === 'n' ? '\n' : char;
        const key = number ?? name!;
        const found = /^[0-9]+$/.test(key) ? match[Number(key)] : isMapping(names) ? names[key] : undefined;
        return typeof found === 'string' ? found : '';
      },
    );
  };
}

/** Python's `%`: `%s`, `%d`, `%05.1f`, `%x`, `%%`. */
function format(text: string, args: readonly unknown[]): string {
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
