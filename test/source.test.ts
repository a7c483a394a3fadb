import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Place } from '../src/error.ts';
import { parseSource, Vaulted, type Path } from '../src/source.ts';

const read = (text: string): unknown => {
  const { source, problems } = parseSource(text, 'lab.yml');
  expect(problems).toEqual([]);
  return source!.value;
};

const codes = (text: string): string[] => parseSource(text, 'lab.yml').problems.map(({ code }) => code);

/** The stretch of text that a place points to. */
const underlined = ({ text, column, length }: Place): string => text!.slice(column - 1, column - 1 + length!);

describe('scalars are YAML 1.2, with what users of Ansible are used to', () => {
  test.each([
    ['yes', true],
    ['Yes', true],
    ['YES', true],
    ['no', false],
    ['on', true],
    ['Off', false],
    ['true', true],
    ['False', false],
    ['yEs', 'yEs'],
    ['y', 'y'],
    ['"yes"', 'yes'],
    ['0644', 420],
    ['-010', -8],
    ['0888', '0888'],
    ['0', 0],
    ['00', 0],
    ['0o17', 15],
    ['0x1F', 31],
    ['1_000', '1_000'],
    ['1e3', 1000],
    ['1.10', 1.1],
    ['1.2.3', '1.2.3'],
    ['12:30:45', '12:30:45'],
    ['190:20', '190:20'],
    ['52:54:00:12:34:56', '52:54:00:12:34:56'],
    ['02:42:11:22:33:44', '02:42:11:22:33:44'],
    ['2001-12-14', '2001-12-14'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['2001:db8::1', '2001:db8::1'],
    ['~', null],
    ['null', null],
    ['', null],
    ['!!str 12', '12'],
    ['!!int "12"', 12],
    ['9007199254740991', 9007199254740991],
  ])('%s', (text, value) => {
    expect(read(`a: ${text}`)).toEqual({ a: value });
  });

  test('a YAML 1.1 directive changes nothing', () => {
    expect(read('%YAML 1.1\n---\na: 12:30:45\nb: y\n')).toEqual({ a: '12:30:45', b: 'y' });
  });
});

test('keys are always text', () => {
  const text = 'on: 1\nyes: 2\nNo: 3\n8080: 4\n1.10: 5\ntrue: 6\nnull: 7\n0644: 8\n';
  expect(Object.keys(read(text) as object).toSorted()).toEqual(
    ['on', 'yes', 'No', '8080', '1.10', 'true', 'null', '0644'].toSorted(),
  );
});

test('an encrypted value is kept apart from text', () => {
  expect(read('a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n')).toEqual({
    a: new Vaulted('$ANSIBLE_VAULT;1.1;AES256\n6162\n'),
  });
});

test.each(['', '\n\n', '# nothing\n', '---\n', '--- # nothing\n...\n'])('an empty document is null: %j', (text) => {
  expect(read(text)).toBeNull();
});

test('a byte order mark and DOS line ends are accepted', () => {
  const { source, problems } = parseSource('\ufeffa: 1\r\nb:\r\n  - x\r\n', 'lab.yml');
  expect(problems).toEqual([]);
  expect(source!.value).toEqual({ a: 1, b: ['x'] });
  expect(source!.place(['a'], 'key')).toEqual({ file: 'lab.yml', line: 1, column: 1, text: 'a: 1', length: 1 });
});

describe('merge keys', () => {
  test('what stands in the mapping wins, then the first of the merged', () => {
    const text = 'base: &b { x: 1, y: 2 }\nmore: &m { y: 3, z: 4 }\none:\n  <<: [*b, *m]\n  x: 9\n';
    expect(read(text)).toMatchObject({ one: { x: 9, y: 2, z: 4 } });
  });

  test('in quotes it is a key like any other', () => {
    expect(read('"<<": { a: 1 }')).toEqual({ '<<': { a: 1 } });
  });
});

test('an alias is a copy, so that changing one changes no other', () => {
  const value = read('a: &a { n: [1] }\nb: *a\n') as Record<'a' | 'b', { n: number[] }>;
  value.b.n.push(2);
  expect(value.a.n).toEqual([1]);
});

describe('places', () => {
  const text = [
    '- name: "A lab"', // 1
    '  vars: &vars', // 2
    '    tier: [web, "db"]', // 3
    '    empty:', // 4
    '  tasks:', // 5
    '    - bridge: { name: nw0, mtu: 1500 }', // 6
    '      vars:', // 7
    '        <<: *vars', // 8
    '      again: *vars', // 9
  ].join('\n');
  const { source } = parseSource(text, 'lab.yml');

  test.each<[Path, 'key' | 'value', string, string]>([
    [[0, 'name'], 'value', '1:9', '"A lab"'],
    [[0, 'name'], 'key', '1:3', 'name'],
    [[0, 'vars', 'tier', 1], 'value', '3:17', '"db"'],
    [[0, 'tasks', 0, 'bridge', 'mtu'], 'value', '6:33', '1500'],
    [[0, 'tasks', 0, 'bridge'], 'key', '6:7', 'bridge'],
    [[0, 'tasks', 0, 'bridge'], 'value', '6:15', '{ name: nw0, mtu: 1500 }'],
    // An empty value has no place of its own.
    [[0, 'vars', 'empty'], 'value', '4:5', 'empty'],
    // Through a merge key and an alias to where the value is written.
    [[0, 'tasks', 0, 'vars', 'tier', 0], 'value', '3:12', 'web'],
    [[0, 'tasks', 0, 'again', 'tier'], 'key', '3:5', 'tier'],
    [[0, 'tasks', 0, 'again'], 'value', '9:14', '*vars'],
    // What is not there is where its nearest parent is.
    [[0, 'tasks', 0, 'bridge', 'name', 'deeper', 5], 'value', '6:23', 'nw0'],
    [[0, 'tasks', 7], 'key', '5:3', 'tasks'],
    [[], 'value', '1:1', '- name: "A lab"'],
  ])('%j, its %s, is at %s', (path, part, at, marked) => {
    const place = source!.place(path, part);
    expect(`${place.line}:${place.column}`).toBe(at);
    expect(underlined(place)).toBe(marked);
  });

  test('every value of any document is found where it is written', () => {
    fc.assert(
      fc.property(documents(), (value) => {
        const { source: parsed, problems } = parseSource(JSON.stringify(value, null, 2), 'lab.yml');
        expect(problems).toEqual([]);
        expect(parsed!.value).toEqual(value);
        for (const [path, leaf] of leaves(value)) expect(underlined(parsed!.place(path))).toBe(JSON.stringify(leaf));
      }),
    );
  });
});

describe('limits', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  test('64 levels are accepted, in brackets and in blocks', () => {
    read(nested(64));
    read(`${Array.from({ length: 64 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')} 1`);
    read(`${'- '.repeat(64)}1`);
  });

  test.each([
    ['one too deep', nested(65), 'TOO_DEEP'],
    ['brackets without end', '['.repeat(200_000), 'TOO_DEEP'],
    ['brackets closed by others', '{[}'.repeat(200_000), 'TOO_DEEP'],
    ['dashes', '- '.repeat(200_000), 'TOO_DEEP'],
    ['question marks', '? '.repeat(200_000), 'TOO_DEEP'],
    ['keys in one line', 'a: '.repeat(200_000), 'TOO_DEEP'],
    ['too many values', 'x: y\n'.repeat(450_000), 'TOO_MANY_NODES'],
    ['too many values in brackets', '[]'.repeat(1_000_000), 'TOO_MANY_NODES'],
    ['a file too large', `a: ${'x'.repeat(4 * 1024 * 1024)}`, 'TOO_LARGE'],
    ['a file too large in bytes', `a: ${'ü'.repeat(2 * 1024 * 1024)}`, 'TOO_LARGE'],
    ['101 aliases', `a: &a 1\nb: [${'*a, '.repeat(101)}]`, 'TOO_MANY_ALIASES'],
    ['a quadratic expansion', `a: &a [${'1, '.repeat(20_000)}]\nb: [${'*a, '.repeat(99)}]`, 'TOO_MANY_NODES'],
    ['a cycle', 'a: &a { b: { c: *a } }', 'CYCLIC_ALIAS'],
  ])('%s', (_, text, code) => {
    const { source, problems } = parseSource(text, 'lab.yml');
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(source).toBeUndefined();
  });

  test('100 aliases are accepted', () => {
    read(`a: &a 1\nb: [${'*a, '.repeat(100)}]`);
  });
});

describe('characters nobody should meet unseen are refused', () => {
  test.each(['\u0000', '\u0007', '\u001b', '\u007f', '\u0085', '\u202e', '\u2066', '\u200f', '\ufeff', '\ud800'])(
    '%j in the text, with its place',
    (char) => {
      const { problems } = parseSource(`a: 1\nb: x${char}y\n`, 'lab.yml');
      expect(problems).toMatchObject([{ code: 'BAD_CHARACTER', place: { line: 2, column: 5 } }]);
    },
  );

  test('in comments, and as a lone carriage return', () => {
    expect(codes('a: 1 # \u202e\n')).toEqual(['BAD_CHARACTER']);
    expect(codes('a: 1\rb: 2\n')).toEqual(['BAD_CHARACTER']);
  });

  test('as escapes too, but not line ends, tabs and emoji', () => {
    expect(codes('a: "\\e[31m"\n"b\\0": 1\n')).toEqual(['BAD_CHARACTER', 'BAD_CHARACTER']);
    expect(read('a: "1\\r\\n\\t2 \\U0001F600 😀"\n')).toEqual({ a: '1\r\n\t2 😀 😀' });
  });

  test('only the first ten of a binary file', () => {
    expect(codes('\u0000'.repeat(1000))).toHaveLength(10);
  });
});

describe('templates without quotes', () => {
  test.each([
    ['a: {{ b }}', { a: '{{ b }}' }],
    ['a: {{ b }}/24 # comment', { a: '{{ b }}/24' }],
    ['a: {{b}}:{{c}}', { a: '{{b}}:{{c}}' }],
    ['- {{ a }}\n- 1', ['{{ a }}', 1]],
    ['[{{ a }}, x{{ b }}/{{ c }}, 1]', ['{{ a }}', 'x{{ b }}/{{ c }}', 1]],
    ['{a: {{ b }}, c: 1}', { a: '{{ b }}', c: 1 }],
    ['a: {{ {"b": {"c": 1}} }}\nd: 1', { a: '{{ {"b": {"c": 1}} }}', d: 1 }],
    ["a: {{ it's }}\nb: 1", { a: "{{ it's }}", b: 1 }],
    ['a: {{ b |\n  c }}\nd: 1', { a: '{{ b |\n  c }}', d: 1 }],
    ['{{ a }}: 1', { '{{ a }}': 1 }],
    ['a: {% if b %}c{% endif %}', { a: '{% if b %}c{% endif %}' }],
    ['a: {{ b', { a: '{{ b' }],
  ])('%j is told once for each, and the rest is read', (text, value) => {
    const { source, problems } = parseSource(text, 'lab.yml');
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['UNQUOTED_TEMPLATE']));
    expect(source!.value).toEqual(value);
  });

  test.each([
    'a: "{{ b }}"',
    'a: |\n  {{ b }}\n',
    'a: x {{ b }}',
    'a: 1 # {{ b }}',
    "a: '{{ b }}'",
    'a: >-\n  {% b %}\n',
  ])('%j is no problem', (text) => {
    expect(codes(text)).toEqual([]);
  });

  test('nothing is printed, as the yaml package would', () => {
    const warnings: unknown[] = [];
    const listen = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', listen);
    codes('a: {{ b }}\nc: !foo 1\n');
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });
});

test('all problems are told at once, and the values come along where the structure is sound', () => {
  const { source, problems } = parseSource('a: 1\na: 2\nb: {{ c }}\n__proto__: 3\nd: !x 4\ne: *f\n', 'lab.yml');
  expect(problems.map(({ code, place }) => [code, place?.line])).toEqual([
    ['DUPLICATE_KEY', 2],
    ['UNQUOTED_TEMPLATE', 3],
    ['FORBIDDEN_KEY', 4],
    ['UNKNOWN_TAG', 5],
    ['UNKNOWN_ALIAS', 6],
  ]);
  expect(source!.value).toEqual({ a: 1, b: '{{ c }}', d: '4', e: null });
});

test('several errors of syntax are told at once, and nothing is made of such a text', () => {
  const { source, problems } = parseSource('a: b: c\nd: @e\nf: "g\n', 'lab.yml');
  expect(problems.map(({ code, place }) => [code, place?.line])).toEqual([
    ['YAML_SYNTAX', 1],
    ['YAML_SYNTAX', 2],
    ['YAML_SYNTAX', 3],
  ]);
  expect(source).toBeUndefined();
});

test('no text makes it throw, or leaves neither a value nor a problem, or a place outside the text', () => {
  const piece = fc.constantFrom(
    ...'[ ] { } , : ? - & * ! | > # % " \' a 0 ~ \\ '.split(' '),
    ' ',
    '\n',
    '\t',
    '{{',
    '- ',
    ': ',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
      (text) => {
        const { source, problems } = parseSource(text, 'lab.yml');
        if (problems.length === 0) expect(source).toBeDefined();
        const lines = text.split('\n');
        for (const { place } of problems) {
          expect(place!.line).toBeLessThanOrEqual(lines.length);
          expect(place!.column).toBeLessThanOrEqual(lines[place!.line - 1]!.length + 1);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

/** JSON documents with the keys, characters and numbers that are accepted. */
function documents(): fc.Arbitrary<unknown> {
  const text = fc.string().filter((one) => parseSource(JSON.stringify(one), 'x').problems.length === 0);
  const key = text.filter((one) => one !== '' && !['__proto__', 'constructor', 'prototype'].includes(one));
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }));
  const leaf = fc.oneof(
    text,
    fc.boolean(),
    fc.constant(null),
    number.map((one) => one + 0),
  );
  return fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
    ),
  })).tree;
}

function leaves(value: unknown, path: Path = []): [Path, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => leaves(item, [...path, index]));
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
