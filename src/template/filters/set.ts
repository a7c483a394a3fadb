import { isDeepStrictEqual } from 'node:util';
import { isTrue } from '../value.ts';
import { checkLength } from '../weight.ts';
import { methodFilter } from '../words.ts';
import { integerOf, isMapping, listOf, mappingOf, MissingPart, textOf, type Filter } from './filter.ts';
import { numberOf } from './number.ts';

/** Filters that put items together, choose among them, or say what they are. */
export const SET_FILTERS: Readonly<Record<string, Filter>> = {
  symmetric_difference: {
    apply: (value, [other]) => {
      const [a, b] = [listOf(value), listOf(other)];
      return uniqueOf([...without(a, b), ...without(b, a)]);
    },
  },
  zip_longest: {
    options: ['fillvalue'],
    apply: (value, others, { fillvalue = null }) => {
      const lists = [value, ...others].map((list) => listOf(list));
      const length = Math.max(...lists.map((list) => list.length));
      return Array.from({ length }, (_, index) => lists.map((list) => (index < list.length ? list[index] : fillvalue)));
    },
  },
  permutations: {
    apply: (value, [length]) => {
      const items = listOf(value);
      return permutations(items, integerOf(length ?? items.length, 'the length'));
    },
  },
  combinations: { apply: (value, [length]) => combinations(listOf(value), integerOf(length, 'the length')) },
  subelements: {
    options: ['skip_missing'],
    apply: (value, [path, skip], options) => {
      const keys = Array.isArray(path) ? path.map((key) => textOf(key)) : textOf(path, 'the path').split('.');
      const items = isMapping(value) ? Object.values(value) : listOf(value);
      return items.flatMap((item) => {
        const inner = keys.reduce<unknown>(
          (one, key) => (isMapping(one) && Object.hasOwn(one, key) ? one[key] : undefined),
          item,
        );
        if (inner === undefined && isTrue(skip ?? options.skip_missing)) return [];
        if (inner === undefined) throw new MissingPart(`an item has no "${keys.join('.')}"`);
        return listOf(inner, `"${keys.join('.')}"`).map((one) => [item, one]);
      });
    },
  },
  sum: {
    options: ['attribute', 'start'],
    apply: (value, [attribute, start], options) =>
      listOf(value).reduce<number>(
        (sum, item) => sum + numberOf(partOf(item, attribute ?? options.attribute)),
        numberOf(start ?? options.start ?? 0),
      ),
  },
  max: {
    options: ['attribute'],
    apply: (value, [attribute], options) => extreme(value, attribute ?? options.attribute, 1),
  },
  min: {
    options: ['attribute'],
    apply: (value, [attribute], options) => extreme(value, attribute ?? options.attribute, -1),
  },
  rekey_on_member: {
    options: ['duplicates'],
    apply: (value, [key, duplicates], options) => {
      const name = textOf(key, 'the key');
      const rows = (isMapping(value) ? Object.values(value) : listOf(value)).map((item) => {
        const row = mappingOf(item, 'an item');
        if (!Object.hasOwn(row, name)) throw new MissingPart(`an item has no "${name}"`);
        return [String(row[name]), row] as const;
      });
      const isTwice = new Set(rows.map(([one]) => one)).size < rows.length;
      if (isTwice && (duplicates ?? options.duplicates) !== 'overwrite')
        throw new TypeError(`two items have the same "${name}"`);
      return Object.fromEntries(rows);
    },
  },
  dict: {
    apply: (value) =>
      Object.fromEntries(listOf(value).map((pair) => [String(listOf(pair)[0]), listOf(pair)[1] ?? null])),
  },
  type_debug: { apply: (value) => typeOf(value) },
  [methodFilter('get')]: {
    apply: (value, [key, otherwise = null]) => {
      const name = String(key);
      return Object.hasOwn(mappingOf(value), name) ? mappingOf(value)[name] : otherwise;
    },
  },
  [methodFilter('index')]: {
    apply: (value, [item]) => {
      const at =
        typeof value === 'string'
          ? value.indexOf(textOf(item))
          : listOf(value).findIndex((one) => isDeepStrictEqual(one, item));
      if (at >= 0) return at;
      throw new TypeError(`${JSON.stringify(item)} is not in it`);
    },
  },
};

const without = (list: readonly unknown[], other: readonly unknown[]): unknown[] =>
  list.filter((item) => !other.some((one) => isDeepStrictEqual(one, item)));

const uniqueOf = (list: readonly unknown[]): unknown[] =>
  list.filter((item, index) => list.findIndex((one) => isDeepStrictEqual(one, item)) === index);

function permutations(items: readonly unknown[], length: number): unknown[][] {
  const rows = Array.from({ length }).reduce<number[][]>(
    (before) => {
      checkLength(before.length * items.length);
      return before.flatMap((row) => items.flatMap((_, index) => (row.includes(index) ? [] : [[...row, index]])));
    },
    [[]],
  );
  return rows.map((row) => row.map((index) => items[index]));
}

function combinations(items: readonly unknown[], length: number): unknown[][] {
  const rows = Array.from({ length: Math.max(0, length) }).reduce<number[][]>(
    (before) => {
      checkLength(before.length * items.length);
      return before.flatMap((row) =>
        items.flatMap((_, index) => (index > (row.at(-1) ?? -1) ? [[...row, index]] : [])),
      );
    },
    [[]],
  );
  return rows.map((row) => row.map((index) => items[index]));
}

/** An item, or what it has at `a.b`. */
function partOf(item: unknown, attribute: unknown): unknown {
  if (attribute === undefined || attribute === null) return item;
  return textOf(attribute, 'the attribute')
    .split('.')
    .reduce((inner, key) => {
      const found = isMapping(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
      if (found === undefined) throw new MissingPart(`an item has no "${textOf(attribute)}"`);
      return found;
    }, item);
}

function extreme(value: unknown, attribute: unknown, sign: 1 | -1): unknown {
  const items = isMapping(value) ? Object.keys(value) : listOf(value);
  if (items.length === 0) throw new MissingPart('an empty list has none');
  return items.reduce((best, item) =>
    sign * compare(partOf(item, attribute), partOf(best, attribute)) > 0 ? item : best,
  );
}

/** As Jinja: texts without regard to case. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') {
    const [one, other] = [a.toLowerCase(), b.toLowerCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return numberOf(a) - numberOf(b);
}

/** The name of its type in Python. */
function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'dict';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value === 'boolean' ? 'bool' : 'str';
}
