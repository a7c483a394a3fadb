import { addressOf, contains, isLoopback, isMulticast, isUnspecified, networkOf } from '../address.ts';
import { isPrivate, isPublic, required } from './filters/address.ts';
import { holds } from './filters/data.ts';
import { isMapping, listOf, textOf, type Filter, type Mapping } from './filters/filter.ts';
import { regex } from './filters/regex.ts';
import { isAddress, isMac } from './filters/subnet.ts';
import { isTrue } from './value.ts';
import { compareLoose, compareSemantic } from './version.ts';

const REGEX_OPTIONS = ['ignorecase', 'multiline'];
const REGEX_ENDS: Readonly<Record<string, readonly [string, string]>> = { match: ['^', ''], fullmatch: ['^', '$'] };
const VERSION_OPTIONS = ['version', 'operator', 'strict', 'version_type'];

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
  change: { apply: (value) => isTrue(resultOf(value).changed) },
  failure: { apply: failed },
  skip: { apply: skipped },
  // As in Ansible, what was skipped has not failed.
  succeeded: { apply: (value) => !failed(value) },
  success: { apply: (value) => !failed(value) },
  successful: { apply: (value) => !failed(value) },
  unreachable: { apply: (value) => isTrue(resultOf(value).unreachable) },
  reachable: { apply: (value) => !isTrue(resultOf(value).unreachable) },
  finished: { apply: (value) => isTrue(resultOf(value).finished ?? true) },
  started: { apply: (value) => isTrue(resultOf(value).started ?? true) },
  truthy: {
    options: ['convert_bool'],
    apply: (value, [convert], options) => truth(value, convert ?? options.convert_bool),
  },
  falsy: {
    options: ['convert_bool'],
    apply: (value, [convert], options) => !truth(value, convert ?? options.convert_bool),
  },
  match: {
    options: REGEX_OPTIONS,
    apply: (value, [pattern], options) => regex(`^(?:${textOf(pattern)})`, options, '').test(textOf(value)),
  },
  search: {
    options: REGEX_OPTIONS,
    apply: (value, [pattern], options) => regex(pattern, options, '').test(textOf(value)),
  },
  regex: {
    options: [...REGEX_OPTIONS, 'match_type'],
    apply: (value, [pattern], options) => {
      const [before, after] = REGEX_ENDS[textOf(options.match_type ?? 'search', 'match_type')] ?? ['', ''];
      return regex(`${before}(?:${textOf(pattern, 'the pattern')})${after}`, options, '').test(textOf(value));
    },
  },
  version: { options: VERSION_OPTIONS, apply: isVersion },
  version_compare: { options: VERSION_OPTIONS, apply: isVersion },
  sequence: { apply: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null) },
  nan: { apply: () => false },
  vault_encrypted: { apply: (value) => typeof value === 'string' && value.startsWith('$ANSIBLE_VAULT;') },
  url: {
    options: ['schemes'],
    apply: (value, [schemes], options) => isUri(value, schemes ?? options.schemes, /^[a-z][a-z0-9+.-]*:\/\/[^/]/i),
  },
  uri: {
    options: ['schemes'],
    apply: (value, [schemes], options) => isUri(value, schemes ?? options.schemes, /^[a-z][a-z0-9+.-]*:./i),
  },
  urn: { apply: (value) => isUri(value, undefined, /^urn:./i) },
  contains: {
    apply: (value, [item]) => {
      if (typeof value === 'string') return value.includes(textOf(item));
      return isMapping(value) ? Object.hasOwn(value, textOf(item)) : holds(listOf(value), item);
    },
  },
  subset: { apply: (value, [other]) => listOf(value).every((item) => holds(listOf(other), item)) },
  superset: { apply: (value, [other]) => listOf(other).every((item) => holds(listOf(value), item)) },
  issubset: { apply: (value, [other]) => listOf(value).every((item) => holds(listOf(other), item)) },
  issuperset: { apply: (value, [other]) => listOf(other).every((item) => holds(listOf(value), item)) },
  any: { apply: (value) => listOf(value).some(isTrue) },
  all: { apply: (value) => listOf(value).every(isTrue) },
  in_network: { apply: (value, [network]) => isIn(value, network) },
  in_any_network: { apply: (value, [networks]) => listOf(networks).some((one) => isIn(value, one)) },
  in_one_network: { apply: (value, [networks]) => listOf(networks).filter((one) => isIn(value, one)).length === 1 },
  subnet_of: { apply: (value, [network]) => isIn(value, network) },
  supernet_of: { apply: (value, [network]) => isIn(network, value) },
  ip: { apply: (value) => isAddress(value) },
  ip_address: { apply: (value) => isAddress(value) && !textOf(value).includes('/') },
  ipv4: { apply: (value) => isAddress(value, 4) },
  ipv6: { apply: (value) => isAddress(value, 6) },
  ipv4_address: { apply: (value) => isAddress(value, 4) && !textOf(value).includes('/') },
  ipv6_address: { apply: (value) => isAddress(value, 6) && !textOf(value).includes('/') },
  mac: { apply: isMac },
  multicast: { apply: (value) => isMulticast(required(value).text) },
  loopback: { apply: (value) => isLoopback(required(value).text) },
  unspecified: { apply: (value) => isUnspecified(required(value).text) },
  private: { apply: (value) => isPrivate(required(value)) },
  public: { apply: (value) => isPublic(required(value)) },
};

function isIn(value: unknown, network: unknown): boolean {
  const [inner, outer] = [required(value), required(network)];
  return contains(networkOf(`${addressOf(outer.text)}/${outer.prefix}`), `${addressOf(inner.text)}/${inner.prefix}`);
}

function truth(value: unknown, convert: unknown): boolean {
  if (!isTrue(convert) || typeof value !== 'string') return isTrue(value);
  return !/^(no|off|0|false|n|f|)$/i.test(value);
}

function isUri(value: unknown, schemes: unknown, form: RegExp): boolean {
  if (typeof value !== 'string' || !form.test(value)) return false;
  return schemes === undefined || listOf(schemes).includes(value.slice(0, value.indexOf(':')));
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  ...Object.fromEntries(['==', '=', 'eq'].map((word) => [word, (order: number) => order === 0])),
  ...Object.fromEntries(['!=', '<>', 'ne'].map((word) => [word, (order: number) => order !== 0])),
  ...Object.fromEntries(['<', 'lt'].map((word) => [word, (order: number) => order < 0])),
  ...Object.fromEntries(['<=', 'le'].map((word) => [word, (order: number) => order <= 0])),
  ...Object.fromEntries(['>', 'gt'].map((word) => [word, (order: number) => order > 0])),
  ...Object.fromEntries(['>=', 'ge'].map((word) => [word, (order: number) => order >= 0])),
};

function isVersion(
  value: unknown,
  [version, operator, strict, type]: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): boolean {
  const word = textOf(operator ?? options.operator ?? 'eq', 'the operator');
  const holdsFor = COMPARISONS[word];
  if (!Object.hasOwn(COMPARISONS, word) || !holdsFor) {
    throw new TypeError(`there is no comparison "${word}"; there are ${Object.keys(COMPARISONS).join(' ')}`);
  }
  const [a, b] = [textOf(value), textOf(version ?? options.version, 'the version')];
  if (a === '' || b === '') throw new TypeError('there is no version to compare');
  const isSemantic = /^sem(antic|ver)$/.test(textOf(type ?? options.version_type ?? '', 'version_type'));
  // Strict ones are compared like others, if they are what they say.
  const wrong = isTrue(strict ?? options.strict)
    ? [a, b].find((one) => !/^\d+(\.\d+){1,2}([ab]\d+)?$/.test(one))
    : undefined;
  if (wrong !== undefined) throw new TypeError(`"${wrong}" is no strict version, such as 1.2.3`);
  return holdsFor(isSemantic ? compareSemantic(a, b) : compareLoose(a, b));
}
