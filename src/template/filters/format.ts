import { createHash } from 'node:crypto';
import { parseDocuments } from '../../source.ts';
import { isTrue } from '../value.ts';
import { integerOf, isMapping, textOf, type Filter } from './filter.ts';
import { yamlOf } from './yaml.ts';

const JSON_OPTIONS = ['indent', 'sort_keys', 'ensure_ascii', 'separators', 'vault_to_text', 'preprocess_unsafe'];
const YAML_OPTIONS = [
  'indent',
  'sort_keys',
  'width',
  'default_flow_style',
  'explicit_start',
  'explicit_end',
  'allow_unicode',
];

/** Filters for formats: JSON, YAML, base64, digests. */
export const FORMAT_FILTERS: Readonly<Record<string, Filter>> = {
  b64encode: { apply: (value) => Buffer.from(textOf(value), 'utf8').toString('base64') },
  b64decode: { apply: (value) => decode(textOf(value)) },
  to_json: {
    options: JSON_OPTIONS,
    apply: (value, _, { indent, sort_keys, ensure_ascii }) => {
      const sorted = isTrue(sort_keys) ? sortedKeys(value) : value;
      const text =
        indent === undefined || indent === null
          ? pythonJson(sorted)
          : JSON.stringify(sorted, null, integerOf(indent, 'indent'));
      return isTrue(ensure_ascii ?? true) ? inAscii(text) : text;
    },
  },
  to_nice_json: {
    options: JSON_OPTIONS,
    apply: (value, [indent], { indent: named, sort_keys, ensure_ascii }) => {
      const sorted = isTrue(sort_keys ?? true) ? sortedKeys(value) : value;
      const text = JSON.stringify(sorted, null, integerOf(indent ?? named ?? 4, 'indent'));
      return isTrue(ensure_ascii ?? true) ? inAscii(text) : text;
    },
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
  to_yaml: {
    options: YAML_OPTIONS,
    apply: (value, _, options) => yaml(value, options, 2, undefined),
  },
  to_nice_yaml: {
    options: YAML_OPTIONS,
    apply: (value, [indent], options) => yaml(value, options, integerOf(indent ?? 4, 'indent'), false),
  },
  from_yaml: { apply: (value) => (typeof value === 'string' ? (documents(value)[0] ?? null) : value) },
  from_yaml_all: { apply: (value) => (typeof value === 'string' ? documents(value) : value) },
  hash: { options: ['hashtype'], apply: (value, [type], options) => digest(type ?? options.hashtype ?? 'sha1', value) },
  checksum: { apply: (value) => digest('sha1', value) },
  sha1: { apply: (value) => digest('sha1', value) },
  md5: { apply: (value) => digest('md5', value) },
  to_uuid: {
    options: ['namespace'],
    apply: (value, [namespace], options) => uuid(textOf(value), namespace ?? options.namespace),
  },
};

/** Ansible's sort is by the key's code points, at every depth. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isMapping(value)) return value;
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, inner]) => [key, sortedKeys(inner)]));
}

function yaml(
  value: unknown,
  options: Readonly<Record<string, unknown>>,
  indent: number,
  flow: boolean | undefined,
): string {
  const given = options.default_flow_style;
  return yamlOf(isTrue(options.sort_keys ?? true) ? sortedKeys(value) : value, {
    indent: integerOf(options.indent ?? indent, 'indent'),
    width: integerOf(options.width ?? 80, 'width'),
    flow: typeof given === 'boolean' ? given : flow,
    start: isTrue(options.explicit_start),
    end: isTrue(options.explicit_end),
  });
}

function documents(text: string): readonly unknown[] {
  const { values, problems } = parseDocuments(text);
  if (problems[0]) throw new TypeError(`no YAML: ${problems[0].message}`);
  return values;
}

function decode(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/(?<!=)=+$/, '') !== text.replace(/(?<!=)=+$/, '').replace(/\s/g, '')) {
    throw new TypeError('the text is not base64');
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

const HASHES = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

function digest(type: unknown, value: unknown): string {
  const name = textOf(type, 'the type');
  if (!HASHES.includes(name)) throw new TypeError(`there is no hash "${name}"; there are ${HASHES.join(', ')}`);
  return createHash(name).update(textOf(value)).digest('hex');
}

/** Ansible's own namespace for names of its own. */
const NAMESPACE = '361e6d51-faec-444a-9079-341386da8e2e';

/** RFC 9562, version 5. */
function uuid(name: string, namespace: unknown): string {
  const space = Buffer.from(textOf(namespace ?? NAMESPACE, 'the namespace').replaceAll('-', ''), 'hex');
  const hash = createHash('sha1').update(space).update(name).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash
    .toString('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** As Python's `json`: whatever is not ASCII as \uXXXX. */
const inAscii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Python's separators: `{"a": 1, "b": [1, 2]}`. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${pythonJson(inner)}`)
    .join(', ')}}`;
}
