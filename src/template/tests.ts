import { contains, readAddress, readCidr } from '../address.ts';
import { holds } from './filters/data.ts';
import { isMapping, listOf, textOf, type Filter, type Mapping } from './filters/filter.ts';
import { regex } from './filters/text.ts';
import { isTrue } from './value.ts';

const REGEX_OPTIONS = ['ignorecase', 'multiline'];

/** What a task answered, as `register` keeps it. */
function resultOf(value: unknown): Mapping {
  if (isMapping(value)) return value;
  throw new TypeError('only what a task registered can be asked that');
}

const failed = (value: unknown): boolean => isTrue(resultOf(value).failed);
const skipped = (value: unknown): boolean => isTrue(resultOf(value).skipped);

/** Ansible's tests (`is …`) that the engine has not. */
export const TESTS: Readonly<Record<string, Filter>> = {
  changed: { apply: (value) => isTrue(resultOf(value).changed) },
  failed: { apply: failed },
  skipped: { apply: skipped },
  succeeded: { apply: (value) => !failed(value) && !skipped(value) },
  success: { apply: (value) => !failed(value) && !skipped(value) },
  truthy: { apply: (value) => isTrue(value) },
  falsy: { apply: (value) => !isTrue(value) },
  match: {
    options: REGEX_OPTIONS,
    apply: (value, [pattern], options) => regex(`^(?:${textOf(pattern)})`, options, '').test(textOf(value)),
  },
  search: {
    options: REGEX_OPTIONS,
    apply: (value, [pattern], options) => regex(pattern, options, '').test(textOf(value)),
  },
  regex: {
    options: REGEX_OPTIONS,
    apply: (value, [pattern], options) => regex(pattern, options, '').test(textOf(value)),
  },
  contains: {
    apply: (value, [item]) => {
      if (typeof value === 'string') return value.includes(textOf(item));
      return isMapping(value) ? Object.hasOwn(value, textOf(item)) : holds(listOf(value), item);
    },
  },
  subset: { apply: (value, [other]) => listOf(value).every((item) => holds(listOf(other), item)) },
  superset: { apply: (value, [other]) => listOf(other).every((item) => holds(listOf(value), item)) },
  any: { apply: (value) => listOf(value).some(isTrue) },
  all: { apply: (value) => listOf(value).every(isTrue) },
  in_network: {
    apply: (value, [network]) => {
      const [inner, outer] = [address(textOf(value)), readCidr(textOf(network, 'the network'))];
      if (inner === undefined) throw new TypeError(`"${textOf(value)}" is no IP address`);
      if (outer === undefined) throw new TypeError(`"${textOf(network)}" is no network`);
      return contains(outer, inner);
    },
  },
};

const address = (text: string): string | undefined => readAddress(text) ?? readCidr(text);
