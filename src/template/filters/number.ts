import { integerOf, textOf, typeName, type Filter } from './filter.ts';

/** Filters for numbers and sizes. */
export const NUMBER_FILTERS: Readonly<Record<string, Filter>> = {
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
  round: {
    options: ['precision', 'method'],
    apply: (value, [precision, method], options) => {
      const number = numberOf(value);
      const scale = 10 ** integerOf(precision ?? options.precision ?? 0, 'the precision');
      const how = method ?? options.method ?? 'common';
      if (how === 'ceil') return Math.ceil(number * scale) / scale;
      if (how === 'floor') return Math.floor(number * scale) / scale;
      return halfToEven(number * scale) / scale;
    },
  },
  log: {
    options: ['base'],
    apply: (value, [base], options) => {
      const by = base ?? options.base;
      if (by === undefined) return finite(Math.log(numberOf(value)));
      return finite(by === 10 ? Math.log10(numberOf(value)) : Math.log(numberOf(value)) / Math.log(numberOf(by)));
    },
  },
  pow: { apply: (value, [exponent]) => finite(numberOf(value) ** numberOf(exponent)) },
  root: {
    options: ['base'],
    apply: (value, [base], options) => {
      const by = numberOf(base ?? options.base ?? 2);
      return finite(
        by === 2 ? Math.sqrt(numberOf(value)) : by === 3 ? Math.cbrt(numberOf(value)) : numberOf(value) ** (1 / by),
      );
    },
  },
  human_readable: {
    options: ['isbits', 'unit'],
    apply: (value, [isbits, unit], options) =>
      readable(numberOf(value), (isbits ?? options.isbits) === true, unit ?? options.unit),
  },
  human_to_bytes: {
    options: ['default_unit', 'isbits'],
    apply: (value, [unit], options) => bytesOf(value, unit ?? options.default_unit),
  },
};

export function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw new TypeError(`${typeof value === 'string' ? `"${value}"` : typeName(value)} is no number`);
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new TypeError('the result is not a number');
}

/** As Python: 0.5 and 2.5 go to the even neighbour. */
function halfToEven(number: number): number {
  const whole = Math.round(number);
  return Math.abs(number % 1) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
}

/** From the largest. */
const UNITS = 'YZEPTGMK'.split('').map((letter, index) => [letter, 1024 ** (8 - index)] as const);

/** As Ansible: `1.50 KB`, `12.00 bits`. */
function readable(size: number, isBits: boolean, wanted: unknown): string {
  const ending = isBits ? 'b' : 'B';
  const letter = typeof wanted === 'string' ? wanted.toUpperCase().slice(0, 1) : undefined;
  const unit = UNITS.find(([name, factor]) => (letter === undefined ? size >= factor : name === letter));
  if (!unit) return `${size.toFixed(2)} ${isBits ? 'bits' : 'Bytes'}`;
  return `${(size / unit[1]).toFixed(2)} ${unit[0]}${ending}`;
}

function bytesOf(value: unknown, fallback: unknown): number {
  const text = typeof value === 'number' ? String(value) : textOf(value).trim();
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]+)?$/.exec(text);
  if (!match?.[1]) throw new TypeError(`"${String(value)}" is no size, such as 10M`);
  const letter = (match[2] ?? (fallback === undefined ? 'B' : textOf(fallback))).slice(0, 1).toUpperCase();
  const factor = letter === 'B' ? 1 : UNITS.find(([name]) => name === letter)?.[1];
  if (factor === undefined) throw new TypeError(`"${match[2]!}" is no unit of size`);
  return Math.round(Number(match[1]) * factor);
}
