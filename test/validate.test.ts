import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { NetwrightError, type Problem } from '../src/error.ts';
import { parseSource, Vaulted, type At } from '../src/source.ts';
import { defineTask, type Kind } from '../src/task.ts';
import { formats, precompile, validateArgs, validateRaw, type Shape } from '../src/validate.ts';
import { compile, formatChecks, type Precompiled } from '../src/validate/ajv.ts';
import { validateShape } from '../src/validate.ts';

const kind = defineTask({
  kind: 'thing',
  description: 'A kind with something of everything.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', format: 'interface', description: 'Its name.' },
      size: { type: 'integer', minimum: 1, maximum: 9 },
      ratio: { type: 'number', minimum: 0 },
      on: { type: 'boolean', default: true },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present' },
      word: { type: 'string', minLength: 1, maxLength: 3 },
      code: { type: 'string', pattern: '^[A-Z]+$', examples: ['ABC'] },
      addresses: {
        anyOf: [
          { type: 'string', format: 'cidr' },
          { type: 'array', items: { type: 'string', format: 'cidr' }, minItems: 1, maxItems: 3, uniqueItems: true },
        ],
      },
      to: {
        anyOf: [{ const: 'default' }, { type: 'string', format: 'network' }, { type: 'string', format: 'address' }],
      },
      table: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'string', pattern: '^[a-z]+$' },
        ],
        default: 'main',
      },
      parts: {
        type: 'array',
        default: [],
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['at'],
          properties: { at: { type: 'string' }, weight: { type: 'integer', default: 5 } },
        },
      },
      labels: {
        type: 'object',
        propertyNames: { pattern: '^[a-z]+$', description: 'small letters' },
        additionalProperties: { type: 'string' },
        maxProperties: 2,
      },
    },
  },
  identity: () => 'thing',
  objects: () => [],
});

const at = (text: string): { args: unknown; at: At } => {
  const { source, problems } = parseSource(text, 'lab.yml');
  expect(problems).toEqual([]);
  return { args: (source!.value as { thing: unknown }).thing, at: { source: source!, path: ['thing'] } };
};

const validate = (options: string) => {
  const { args, at: place } = at(`thing: ${options}`);
  return validateArgs(kind, args, place);
};

const told = (problems: readonly Problem[]): string[] =>
  problems.map(({ code, message, hint }) => `${code} ${message}${hint === undefined ? '' : `; ${hint}`}`);

test('defaults are filled in, deeply, and the given value stays as it was', () => {
  const { args, at: place } = at('thing: { name: a, parts: [{ at: x }] }');
  const before = structuredClone(args);
  expect(validateArgs(kind, args, place)).toEqual({
    value: { name: 'a', on: true, state: 'present', table: 'main', parts: [{ at: 'x', weight: 5 }] },
    problems: [],
  });
  expect(args).toEqual(before);
});

describe('every keyword of a schema has its words', () => {
  test.each([
    ['{ nmae: a }', 'UNKNOWN_KEY thing: "nmae" is not an option; did you mean "name"?'],
    ['{}', 'MISSING_KEY thing: "name" is missing; add name (Its name)'],
    ['[a]', 'WRONG_TYPE thing: must be a mapping, found a list'],
    ['a', 'WRONG_TYPE thing: must be a mapping, found text "a"'],
    ['name=a', 'WRONG_TYPE thing: must be a mapping, found text "name=a"; write the options as key: value'],
    ['', 'WRONG_TYPE thing: must be a mapping, found nothing; indent its options below it'],
    ['{ name: 5 }', 'WRONG_TYPE thing.name: must be the name of an interface, found number 5; put it in quotes: "5"'],
    ['{ name: a, size: 1500x }', 'WRONG_TYPE thing.size: must be an integer, found text "1500x"'],
    ['{ name: a, size: "5" }', 'WRONG_TYPE thing.size: must be an integer, found text "5"; remove the quotes'],
    ['{ name: a, size: 1.5 }', 'WRONG_TYPE thing.size: must be an integer, found number 1.5'],
    ['{ name: a, size: 12 }', 'OUT_OF_RANGE thing.size: must be between 1 and 9, found 12'],
    ['{ name: a, ratio: -1 }', 'OUT_OF_RANGE thing.ratio: must be at least 0, found -1'],
    ['{ name: a, on: "yes" }', 'WRONG_TYPE thing.on: must be true or false, found text "yes"; remove the quotes'],
    [
      '{ name: a, state: absnt }',
      'NOT_ALLOWED thing.state: must be "present" or "absent", found "absnt"; did you mean "absent"?',
    ],
    ['{ name: a, word: "" }', 'BAD_FORMAT thing.word: must not be empty'],
    ['{ name: a, word: abcd }', 'OUT_OF_RANGE thing.word: must have between 1 and 3 characters, found 4'],
    ['{ name: a, code: abc }', 'BAD_FORMAT thing.code: "abc" is not possible here; for example "ABC"'],
    ['{ name: a, addresses: [] }', 'TOO_FEW thing.addresses: must have between 1 and 3 items, found none'],
    [
      '{ name: a, addresses: [10.0.0.1/8, 10.0.0.2/8, 10.0.0.3/8, 10.0.0.4/8] }',
      'TOO_MANY thing.addresses: must have between 1 and 3 items, found 4',
    ],
    ['{ name: a, addresses: [10.0.0.1/8, 10.0.0.1/8] }', 'DUPLICATE_ITEM thing.addresses: "10.0.0.1/8" stands twice'],
    ['{ name: a, parts: [{ at: x }, { weight: 1 }] }', 'MISSING_KEY thing.parts[1]: "at" is missing; add at'],
    [
      '{ name: a, parts: [{ at: x, wieght: 1 }] }',
      'UNKNOWN_KEY thing.parts[0]: "wieght" is not an option; did you mean "weight"?',
    ],
    ['{ name: a, labels: { A: b } }', 'BAD_FORMAT thing.labels: "A" cannot be a key here; small letters'],
    ['{ name: a, labels: { a: 1 } }', 'WRONG_TYPE thing.labels.a: must be text, found number 1; put it in quotes: "1"'],
    ['{ name: a, labels: { a: x, b: x, c: x } }', 'TOO_MANY thing.labels: must have at most 2 keys, found 3'],
  ])('%s', (options, expected) => {
    expect(told(validate(options).problems)).toEqual([expected]);
  });

  test('a value of a hundred thousand characters is shortened', () => {
    const [problem] = validate(`{ name: a, code: ${'a'.repeat(100_000)} }`).problems;
    expect(problem!.message.length).toBeLessThan(120);
  });
});

describe('of several alternatives the nearest one speaks, once', () => {
  test.each([
    ['addresses: 10.0.0.1', 'BAD_FORMAT thing.addresses: "10.0.0.1" has no prefix length; add it, such as 10.0.0.1/24'],
    [
      'addresses: [10.0.0.1/8, 10.0.0.1]',
      'BAD_FORMAT thing.addresses[1]: "10.0.0.1" has no prefix length; add it, such as 10.0.0.1/24',
    ],
    [
      'addresses: 5',
      'WRONG_TYPE thing.addresses: must be an address with its prefix length or a list, found number 5; put it in quotes: "5"',
    ],
    [
      'addresses: { a: 1 }',
      'WRONG_TYPE thing.addresses: must be an address with its prefix length or a list, found a mapping',
    ],
    ['to: 10.1.2.3/16', 'HOST_BITS thing.to: "10.1.2.3/16" has host bits set; the network is 10.1.0.0/16'],
    [
      'to: defualt',
      'BAD_FORMAT thing.to: must be "default", a network or an IPv4 or IPv6 address, found "defualt"; did you mean "default"?',
    ],
    ['table: 0', 'OUT_OF_RANGE thing.table: must be at least 1, found 0'],
    ['table: Main', 'BAD_FORMAT thing.table: "Main" is not possible here; it must match ^[a-z]+$'],
    ['table: true', 'WRONG_TYPE thing.table: must be an integer or text, found true; put it in quotes: "true"'],
  ])('%s', (option, expected) => {
    expect(told(validate(`{ name: a, ${option} }`).problems)).toEqual([expected]);
  });
});

test('a problem stands at the value, at the unknown key, or at the key of what lacks one', () => {
  const { args, at: place } = at('thing:\n  size: 12\n  colour: red\n  parts:\n    - weight: 1\n');
  const places = validateArgs(kind, args, place).problems.map(({ code, place: found }) => [
    code,
    found!.line,
    found!.column,
  ]);
  expect(places).toEqual(
    expect.arrayContaining([
      ['OUT_OF_RANGE', 2, 9],
      ['UNKNOWN_KEY', 3, 3],
      ['MISSING_KEY', 1, 1],
      ['MISSING_KEY', 5, 7],
    ]),
  );
  expect(places).toHaveLength(4);
});

test('the other place of an item that stands twice is told', () => {
  const [problem] = validate('{ name: a, addresses: [10.0.0.1/8, 10.0.0.2/8, 10.0.0.1/8] }').problems;
  expect(problem).toMatchObject({ place: { column: 55 }, other: { place: { column: 31 } } });
});

describe('before templates are rendered', () => {
  const raw = (options: string): string[] => {
    const { args, at: place } = at(`thing: ${options}`);
    return told(validateRaw(kind, args, place));
  };

  test.each([
    '{ name: "{{ a }}", size: "{{ b }}", on: "{% if c %}true{% endif %}", state: "{{ d }}", code: "x{{ e }}" }',
    '{ name: a, addresses: "{{ b }}", parts: "{{ c }}", labels: "{{ d }}" }',
    '{ name: a, addresses: [10.0.0.1/8, "{{ b }}/24"], to: "{{ c }}", table: "{{ d }}" }',
    '{ name: a, parts: [{ at: x, weight: "{{ b }}" }, "{{ c }}"] }',
    '{ name: a, addresses: ["{{ b }}", "{{ b }}"] }',
    '"{{ all }}"',
  ])('a template may stand for any value: %s', (options) => {
    expect(raw(options)).toEqual([]);
  });

  test.each([
    ['{ name: "{{ a }}", size: 12 }', ['OUT_OF_RANGE thing.size: must be between 1 and 9, found 12']],
    [
      '{ name: a, addresses: ["{{ b }}", 10.0.0.1] }',
      ['BAD_FORMAT thing.addresses[1]: "10.0.0.1" has no prefix length; add it, such as 10.0.0.1/24'],
    ],
    ['{ size: "{{ a }}" }', ['MISSING_KEY thing: "name" is missing; add name (Its name)']],
    [
      '{ name: a, "{{ b }}": 1, colour: "{{ c }}" }',
      [expect.stringContaining('UNKNOWN_KEY'), expect.stringContaining('UNKNOWN_KEY')],
    ],
  ])('but what is no template is checked: %s', (options, expected) => {
    expect(raw(options)).toEqual(expected);
  });

  test('an encrypted value is not known either', () => {
    const { at: place } = at('thing: {}');
    expect(validateRaw(kind, { name: 'a', size: new Vaulted('x'), labels: new Vaulted('y') }, place)).toEqual([]);
  });

  test('afterwards the same options are checked as they are', () => {
    const { at: place } = at('thing: { name: "{{ a }}", size: "{{ b }}" }');
    const { problems } = validateArgs(kind, { name: 'eth0', size: '5' }, place);
    expect(told(problems)).toEqual([
      'WRONG_TYPE thing.size: must be an integer, found text "5"; end the template with a filter: {{ … | int }}',
    ]);
  });
});

describe('formats', () => {
  const verdict = (format: string, value: string): string => {
    const shape: Shape = { label: 'it', schema: { type: 'string', format } };
    const { at: place } = at('thing: x');
    return validateShape(shape, value, place).problems[0]?.code ?? 'ok';
  };

  test.each([
    [
      'ipv4',
      ['10.0.0.1', '0.0.0.0'],
      { BAD_FORMAT: ['10.0.0', '10.0.0.256', '010.0.0.1', '10.0.0.1/8', '0x0a.0.0.1', ''], FAMILY_MISMATCH: ['::1'] },
    ],
    [
      'ipv6',
      ['::1', '2001:DB8::1'],
      { BAD_FORMAT: ['fe80::1%eth0', '::ffff:10.0.0.1', ':::'], FAMILY_MISMATCH: ['10.0.0.1'] },
    ],
    ['address', ['10.0.0.1', '2001:db8::1'], { BAD_FORMAT: ['10.0.0.1/8', 'host', '1'] }],
    [
      'cidr',
      ['10.0.0.1/8', '2001:db8::1/64', '0.0.0.0/0'],
      { BAD_FORMAT: ['10.0.0.1', '10.0.0.1/33', '10.0.0.1/08', '10.0.0.1/255.0.0.0'] },
    ],
    ['cidr4', ['10.0.0.1/8'], { FAMILY_MISMATCH: ['::1/64'] }],
    ['cidr6', ['::1/64'], { FAMILY_MISMATCH: ['10.0.0.1/8'] }],
    ['addressOrCidr', ['10.0.0.1', '10.0.0.1/8'], { BAD_FORMAT: ['10.0.0.1/40', 'x'] }],
    [
      'network',
      ['10.0.0.0/8', '2001:db8::/64', '10.0.0.1/32'],
      { HOST_BITS: ['10.0.0.1/8', '2001:db8::1/64'], BAD_FORMAT: ['10.0.0.0'] },
    ],
    ['network4', ['10.0.0.0/8'], { HOST_BITS: ['10.0.0.1/8'], FAMILY_MISMATCH: ['2001:db8::/64'] }],
    ['network6', ['2001:db8::/64'], { HOST_BITS: ['2001:db8::1/64'], FAMILY_MISMATCH: ['10.0.0.0/8'] }],
    [
      'interface',
      ['eth0', 'br-lan.12', 'Gi0_1', 'a'.repeat(15)],
      {
        NAME_TOO_LONG: ['a'.repeat(16)],
        RESERVED_NAME: ['lo', 'all', 'default'],
        BAD_FORMAT: ['', '.', '..', '-x', '0a', 'a b', 'a/b', 'nw%d', 'ä', 'a\n'],
      },
    ],
    ['device', ['eth0', 'lo'], { RESERVED_NAME: ['all', 'default'] }],
    [
      'mac',
      ['02:42:ac:1e:05:09', '02:42:AC:1E:05:09'],
      { BAD_FORMAT: ['03:42:ac:1e:05:09', '00:00:00:00:00:00', '02-42-ac-1e-05-09', '0242ac1e0509'] },
    ],
    [
      'name',
      ['web', 'a', 'web-1', 'a'.repeat(32)],
      {
        NAME_TOO_LONG: ['a'.repeat(33)],
        RESERVED_NAME: ['all', 'localhost', 'constructor', 'prototype'],
        BAD_FORMAT: ['Web', '1a', 'a_b', '__proto__', 'web\n', ''],
      },
    ],
    [
      'hostname',
      ['web', 'web.example.com', 'Web1'],
      { BAD_FORMAT: ['-web', 'web-', 'a..b', '', 'a b', 'a'.repeat(64), `${'a.'.repeat(32)}a`] },
    ],
    ['domain', ['.', 'example.com', 'example.com.'], { BAD_FORMAT: ['a..b', ''] }],
    ['word', ['ndots:2', 'use-vc'], { BAD_FORMAT: ['a b', '', 'a\n'] }],
    [
      'endpoint',
      ['web', 'all', 'all@all', 'web@host-1.example.com', '10.0.0.1', '::1'],
      { BAD_FORMAT: ['web@', '@host', 'all@host', 'Web', 'web@ho st'] },
    ],
  ] as [string, string[], Record<string, string[]>][])('%s', (format, accepted, refused) => {
    expect(accepted.map((text) => [text, verdict(format, text)])).toEqual(accepted.map((text) => [text, 'ok']));
    for (const [code, texts] of Object.entries(refused)) {
      expect(texts.map((text) => [text, verdict(format, text)])).toEqual(texts.map((text) => [text, code]));
    }
  });

  test('no format takes long over a hostile text', () => {
    const texts = ['a', '0', '.', ':', '/', 'a-', 'a.', '10.0.0.0/', '@'].map((text) => text.repeat(100_000));
    const start = performance.now();
    for (const { fits, explain } of Object.values(formats)) {
      for (const text of texts) if (!fits(text)) explain?.(text);
    }
    // Some 100 ms; what grows with the square takes minutes.
    expect(performance.now() - start).toBeLessThan(15_000);
  });

  test("an editor's pattern accepts whatever the format accepts", () => {
    const samples = [
      '10.0.0.1',
      '::1',
      '10.0.0.0/8',
      '2001:db8::/64',
      'eth0',
      '02:42:AC:1e:05:09',
      'web',
      'a.b',
      'all@all',
    ];
    for (const { fits, pattern } of Object.values(formats)) {
      if (pattern === undefined) continue;
      for (const sample of samples.filter(fits)) expect(sample).toMatch(new RegExp(pattern));
    }
  });
});

describe('precompiled validators', () => {
  const load = (schema: Kind['schema']): Precompiled => {
    const module = { exports: {} };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    new Function('exports', 'require', precompile(schema))(module.exports, createRequire(import.meta.url));
    return module.exports as Precompiled;
  };

  test.each(['{ name: a }', '{ nmae: lo, size: 12, addresses: [5, 10.0.0.1] }', '[a]', '{ name: a, word: abcd }'])(
    'say the same as ajv: %s',
    (options) => {
      const { args } = at(`thing: ${options}`);
      const [one, two] = [structuredClone(args), structuredClone(args)];
      const direct = compile(kind.schema);
      const standalone = load(kind.schema).create(formatChecks);
      expect(standalone(one)).toBe(direct(two));
      expect(standalone.errors).toEqual(direct.errors);
      expect(one).toEqual(two);
    },
  );

  test('are bound to their schema', () => {
    const other = { ...kind.schema, required: [] };
    expect(load(kind.schema).fingerprint).not.toBe(load(other).fingerprint);
  });
});

test("a schema of a user's own kind that is wrong is told as his, not as a bug", () => {
  const wrong = { ...kind, kind: 'own', schema: { type: 'objekt' } } as Kind;
  const { at: place } = at('thing: {}');
  expect(() => validateArgs(wrong, {}, place)).toThrow(NetwrightError);
  expect(() => validateArgs(wrong, {}, place)).toThrow(/BAD_SCHEMA.*own/);
});
