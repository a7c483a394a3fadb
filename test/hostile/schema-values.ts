import type { Schema } from '../../src/infer.ts';
import { formats } from '../../src/validate/formats.ts';
import type { Random } from './random.ts';

/** Texts that some format or pattern of ours may like; which one likes which is found out, not stated. */
const GOOD = [
  ...['web', 'db', 'nw0', 'eth0', 'br0', 'h1', 'all', 'a', 'x1', 'lab', 'main', 'present', 'none', 'bridge', 'host'],
  ...['10.1.0.1', '10.1.0.5', '172.30.0.1', '192.0.2.7', 'fe80::1', '2001:db8:1::5', '10.1.0.1/24', '172.30.0.1/16'],
  ...[
    '10.1.0.0/24',
    '172.30.5.0/24',
    '10.1.0.0/16',
    '2001:db8:1::1/64',
    '2001:db8:1::/64',
    '2001:db8::/80',
    '10.9.9.9/32',
  ],
  ...['02:42:0a:01:00:05', 'www.example.org', 'ndots:2', '/tmp', '/run/file', 'net.ipv4.ip_forward', 'db:10.0.0.5'],
  ...[
    '80',
    '8080:80',
    '8080:80/tcp',
    '8000-8080',
    '1',
    '0',
    '64',
    'tcp',
    'udp',
    '0644',
    'root',
    '60s',
    '10ms',
    '1mbit',
    '100%',
  ],
];

const AWKWARD = [
  ...[
    '',
    ' ',
    '-',
    '--',
    '-x',
    '~',
    'null',
    'true',
    'yes',
    '0',
    '1e3',
    '0x10',
    '012',
    '1_000',
    'NaN',
    '.inf',
    '<<',
    '*a',
    '&a',
  ],
  ...[
    '{{',
    '}}',
    '{{ a }}',
    '{{ a.b.c }}',
    '{% if %}',
    '{{ "x" * 9 }}',
    '{{ [1] }}',
    '{{ 1 // 0 }}',
    '{{ lookup("pipe", "id") }}',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '../../etc',
    '%s',
    '${HOME}',
    '$(id)',
    '`id`',
  ],
  ...[
    '010.0.0.1',
    '10.1',
    '1.2.3.4/024',
    '1.2.3.4/33',
    '::ffff:1.2.3.4',
    '::1%lo',
    'fe80::/10',
    '256.1.1.1',
    '::/0',
    '0.0.0.0/0',
  ],
  ...[
    'aaaaaaaaaaaaaaaa',
    'é',
    '日本',
    '\u202e',
    'x'.repeat(300),
    'a.'.repeat(130),
    '1.'.repeat(40),
    ':'.repeat(40),
    'a-'.repeat(40),
  ],
];

const NUMBERS = [0, 1, -1, 68, 1280, 1500, 65535, 65536, 1e9, 2 ** 31, 2 ** 53, 1.5, -0, 1e308];

/** A value that the schema likes, as far as a guess can; now and then anything at all. */
export function valueOf(schema: Schema, random: Random, depth = 0): unknown {
  if (random.chance(50) || depth > 8) return junk(random, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  if (schema.anyOf) return valueOf(random.pick(schema.anyOf), random, depth);
  if (schema.examples && random.chance(3)) return random.pick(schema.examples);
  switch (Array.isArray(schema.type) ? random.pick(schema.type as string[]) : schema.type) {
    case 'object':
      return objectOf(schema, random, depth);
    case 'array':
      return Array.from({ length: (schema.minItems ?? 0) + random.below(3) }, () =>
        valueOf(schema.items ?? {}, random, depth + 1),
      );
    case 'string':
      return textOf(schema, random);
    case 'integer':
    case 'number':
      return random.chance(3)
        ? random.pick(NUMBERS)
        : (schema.minimum ?? 0) + random.below(Math.min(2000, (schema.maximum ?? 2000) + 1));
    case 'boolean':
      return random.chance(2);
    case 'null':
      return null;
    default:
      return junk(random, depth);
  }
}

function objectOf(
  { properties = {}, required = [], additionalProperties }: Schema,
  random: Random,
  depth: number,
): unknown {
  const entries = Object.entries(properties)
    .filter(([key]) => required.includes(key) || random.chance(3))
    .map(([key, inner]) => [key, valueOf(inner, random, depth + 1)]);
  const isMap = typeof additionalProperties === 'object';
  if (isMap) entries.push([random.pick(GOOD), valueOf(additionalProperties, random, depth + 1)]);
  if (random.chance(40)) entries.push([random.pick(AWKWARD), junk(random, depth + 1)]);
  return Object.fromEntries(entries);
}

/** By format or pattern: the good texts that it accepts. */
const liked = new Map<string, readonly string[]>();

/** Texts that a schema accepts. */
export function goodTexts(schema: Schema): readonly string[] {
  const { format, pattern, examples = [], minLength = 0, maxLength = Infinity } = schema;
  const key = `${format} ${pattern} ${minLength} ${maxLength}`;
  const known = liked.get(key);
  if (known) return known;
  const fits = (text: string): boolean =>
    text.length >= minLength &&
    text.length <= maxLength &&
    (format === undefined || formats[format]?.fits(text) === true) &&
    (pattern === undefined || new RegExp(pattern, 'u').test(text));
  const found = [...examples.filter((one) => typeof one === 'string'), ...GOOD].filter(fits);
  liked.set(key, found);
  return found;
}

function textOf(schema: Schema, random: Random): string {
  const good = goodTexts(schema);
  return good.length === 0 || random.chance(6) ? random.pick(AWKWARD) : random.pick(good);
}

function junk(random: Random, depth: number): unknown {
  switch (random.below(depth > 6 ? 5 : 7)) {
    case 0:
      return random.pick(AWKWARD);
    case 1:
      return random.pick(NUMBERS);
    case 2:
      return random.chance(2);
    case 3:
      return null;
    case 4:
      return random.pick(GOOD);
    case 5:
      return Array.from({ length: random.below(4) }, () => junk(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [random.pick([...GOOD, ...AWKWARD]), junk(random, depth + 1)]),
      );
  }
}
