import { isOptions, textOf, type Filter } from './filters/filter.ts';

/** What lookups may be given by name. */
const LOOKUP_OPTIONS =
  'wantlist errors default files paths skip template_vars start end count stride format rstrip lstrip skip_missing'.split(
    ' ',
  );

/** What a lookup finds; nothing where its mistake is to be passed over. */
export type Find = (
  name: string,
  terms: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
) => readonly unknown[] | undefined;

/** `lookup`, or `query`, which always gives a list: known by its first argument, and given options by name. */
export const lookupFilter = (name: string, find: Find): Filter => ({
  passes: true,
  apply: (which, given) => {
    const last = given.at(-1);
    const named = isOptions(last, LOOKUP_OPTIONS);
    const { wantlist, ...options } = named ? last : {};
    const found = find(textOf(which, 'the lookup'), named ? given.slice(0, -1) : given, options);
    if (wantlist === true || name !== 'lookup') return found ?? [];
    if (found === undefined) return null;
    if (found.every((one) => typeof one === 'string')) return found.join(',');
    return found.length === 1 ? found[0] : found;
  },
});

/** Python's `dict(…)`: of pairs, of a mapping, of what has names. */
export const DICT: Filter = {
  apply: (_, given) =>
    Object.fromEntries(
      given.flatMap((one) =>
        Array.isArray(one)
          ? one.map((pair: unknown) => [String((pair as unknown[])[0]), (pair as unknown[])[1]] as const)
          : Object.entries(one ?? {}),
      ),
    ),
};
