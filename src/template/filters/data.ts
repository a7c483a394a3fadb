import { isDeepStrictEqual } from 'node:util';
import { isTrue } from '../value.ts';
import { integerOf, isMapping, listOf, mappingOf, MissingPart, textOf, type Filter, type Mapping } from './filter.ts';

/** Filters for lists, mappings and conditions. */
export const DATA_FILTERS: Readonly<Record<string, Filter>> = {
  bool: { apply: (value) => (value === null ? null : asBool(value)) },
  mandatory: { options: ['msg'], apply: (value) => value },
  ternary: {
    options: ['true_val', 'false_val', 'none_val'],
    apply: (value, [yes, no, none], options) => {
      if (value === null && (none ?? options.none_val) !== undefined) return none ?? options.none_val;
      return isTrue(value) ? (yes ?? options.true_val ?? null) : (no ?? options.false_val ?? null);
    },
  },
  combine: {
    options: ['recursive', 'list_merge'],
    apply: (value, others, options) => {
      const recursive = isTrue(options.recursive);
      const lists = (options.list_merge ?? 'replace') as string;
      if (!Object.hasOwn(LIST_MERGES, lists)) throw new TypeError(`there is no list_merge "${lists}"`);
      return [value, ...others]
        .flatMap((one) => (Array.isArray(one) ? (one as unknown[]) : [one]))
        .map((one) => mappingOf(one, 'what is combined'))
        .reduce((all, one) => combine(all, one, recursive, lists as keyof typeof LIST_MERGES), {});
    },
  },
  dict2items: {
    options: ['key_name', 'value_name'],
    apply: (value, [key, name], options) =>
      Object.entries(mappingOf(value)).map(([k, v]) => ({
        [textOf(key ?? options.key_name ?? 'key')]: k,
        [textOf(name ?? options.value_name ?? 'value')]: v,
      })),
  },
  items: { apply: (value) => Object.entries(mappingOf(value)) },
  items2dict: {
    options: ['key_name', 'value_name'],
    apply: (value, [key, name], options) => {
      const [k, v] = [textOf(key ?? options.key_name ?? 'key'), textOf(name ?? options.value_name ?? 'value')];
      return Object.fromEntries(
        listOf(value).map((item) => {
          const pair = mappingOf(item, 'an item');
          if (!Object.hasOwn(pair, k)) throw new TypeError(`an item has no "${k}"`);
          return [textOf(pair[k], `"${k}"`), pair[v] ?? null];
        }),
      );
    },
  },
  flatten: {
    options: ['levels', 'skip_nulls'],
    apply: (value, [levels], options) => {
      const depth = levels ?? options.levels;
      const flat = listOf(value).flat(depth === undefined || depth === null ? Infinity : integerOf(depth, 'levels'));
      return isTrue(options.skip_nulls ?? true) ? flat.filter((item) => item !== null) : flat;
    },
  },
  zip: {
    apply: (value, others) => {
      const lists = [value, ...others].map((list) => listOf(list));
      const length = Math.min(...lists.map((list) => list.length));
      return Array.from({ length }, (_, index) => lists.map((list) => list[index]));
    },
  },
  product: {
    apply: (value, others) =>
      others
        .map((list) => listOf(list))
        .reduce<unknown[][]>(
          (rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])),
          listOf(value).map((item) => [item]),
        ),
  },
  extract: {
    options: ['morekeys'],
    apply: (value, [container, more], options) => {
      const keys = [value, ...[more ?? options.morekeys ?? []].flat()];
      return keys.reduce((inner, key) => {
        const found = Array.isArray(inner)
          ? (inner as unknown[]).at(integerOf(key, 'the index'))
          : own(mappingOf(inner, 'what is extracted from'), textOf(key, 'the key'));
        if (found === undefined) throw new MissingPart(`there is no "${String(key)}"`);
        return found;
      }, container);
    },
  },
  unique: {
    options: ['attribute', 'case_sensitive'],
    apply: (value, [], { attribute }) => {
      if (attribute === undefined) return distinct(listOf(value));
      const key = textOf(attribute, 'the attribute');
      const seen: unknown[] = [];
      return listOf(value).filter((item) => {
        const one = own(mappingOf(item, 'an item'), key) ?? null;
        return holds(seen, one) ? false : seen.push(one);
      });
    },
  },
  union: { apply: (value, [other]) => distinct([...listOf(value), ...listOf(other)]) },
  intersect: { apply: (value, [other]) => distinct(listOf(value)).filter((item) => holds(listOf(other), item)) },
  difference: { apply: (value, [other]) => distinct(listOf(value)).filter((item) => !holds(listOf(other), item)) },
};

const own = (mapping: Mapping, key: string): unknown => (Object.hasOwn(mapping, key) ? mapping[key] : undefined);

/** `is in` for whole lists and mappings too. */
export const holds = (list: readonly unknown[], item: unknown): boolean =>
  list.some((one) => one === item || (typeof item === 'object' && isDeepStrictEqual(one, item)));

function distinct(list: readonly unknown[]): unknown[] {
  const simple = new Set(list.filter((item) => typeof item !== 'object' || item === null));
  if (simple.size === list.length) return [...list];
  const kept: unknown[] = [];
  for (const item of list) {
    const known = typeof item !== 'object' || item === null ? !simple.delete(item) : holds(kept, item);
    if (!known) kept.push(item);
  }
  return kept;
}

/** Ansible's booleans; anything else is false, as there. */
function asBool(value: unknown): boolean {
  if (typeof value === 'string') return ['yes', 'on', '1', 'true', 'y', 't'].includes(value.toLowerCase());
  return value === true || value === 1;
}

const LIST_MERGES = {
  replace: (_: readonly unknown[], b: readonly unknown[]) => b,
  keep: (a: readonly unknown[]) => a,
  append: (a: readonly unknown[], b: readonly unknown[]) => [...a, ...b],
  prepend: (a: readonly unknown[], b: readonly unknown[]) => [...b, ...a],
  append_rp: (a: readonly unknown[], b: readonly unknown[]) => [...a.filter((item) => !holds(b, item)), ...b],
  prepend_rp: (a: readonly unknown[], b: readonly unknown[]) => [...b, ...a.filter((item) => !holds(b, item))],
};

function combine(a: Mapping, b: Mapping, recursive: boolean, lists: keyof typeof LIST_MERGES): Mapping {
  const merged = new Map(Object.entries(a));
  for (const [key, value] of Object.entries(b)) {
    const before = merged.get(key);
    if (recursive && isMapping(before) && isMapping(value)) merged.set(key, combine(before, value, recursive, lists));
    else if (Array.isArray(before) && Array.isArray(value)) merged.set(key, LIST_MERGES[lists](before, value));
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
