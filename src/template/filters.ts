import { SUBNET_FILTERS } from './filters/subnet.ts';
import { DATA_FILTERS } from './filters/data.ts';
import { isMapping, listOf, MissingPart, textOf, type Filter } from './filters/filter.ts';
import { FORMAT_FILTERS } from './filters/format.ts';
import { NUMBER_FILTERS } from './filters/number.ts';
import { PATH_FILTERS } from './filters/path.ts';
import { REGEX_FILTERS } from './filters/regex.ts';
import { SET_FILTERS } from './filters/set.ts';
import { PICK } from './reference.ts';
import { TEXT_FILTERS } from './filters/text.ts';

export type { Filter };

const pick: Filter = {
  options: ['attribute', 'default'],
  apply: (value, _, { attribute, default: fallback }) =>
    listOf(value).map((item) => {
      let inner: unknown = item;
      for (const key of textOf(attribute, 'the attribute').split('.')) {
        if (Array.isArray(inner)) inner = inner[Number(key)] as unknown;
        else inner = isMapping(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
      }
      if (inner !== undefined) return inner;
      if (fallback !== undefined) return fallback;
      throw new MissingPart(`an item has no "${textOf(attribute)}"`);
    }),
};

/** Ansible's filters that the engine has not, or has otherwise. */
export const FILTERS: Readonly<Record<string, Filter>> = {
  ...DATA_FILTERS,
  ...SET_FILTERS,
  ...TEXT_FILTERS,
  ...NUMBER_FILTERS,
  ...FORMAT_FILTERS,
  ...PATH_FILTERS,
  ...REGEX_FILTERS,
  ...SUBNET_FILTERS,
  [PICK]: pick,
};
