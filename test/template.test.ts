import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FILTERS } from '../src/template/filters.ts';
import { TESTS } from '../src/template/tests.ts';
import { ENGINE_FILTERS, ENGINE_TESTS } from '../src/template/words.ts';
import { createTemplates, holdsTemplate, LazyMapping, scopeOf, TemplateFault } from '../src/template.ts';

const templates = createTemplates();

const values = {
  x: 1,
  text: 'abc',
  yes: true,
  nothing: null,
  list: [3, 1, 2],
  nested: { z: 1, a: { y: 2, b: 3 } },
  hosts: { web1: { ip: '10.0.0.1', tags: ['front'] } },
  host: 'web1',
  item: { name: 'web', mtu: 9000 },
  network: '10.1.0.0/16',
  result: { changed: true, failed: false, rc: 0 },
};
const scope = scopeOf(values);

const render = (text: string): unknown => templates.render(text, scope);
const check = (text: string): boolean => templates.test(text, scope);

function faultOf(work: () => unknown): TemplateFault {
  try {
    work();
  } catch (error) {
    if (error instanceof TemplateFault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a scalar that is one expression keeps its type', () => {
  test.each([
    ['{{ x }}', 1],
    ['{{ x }}\n', 1],
    ['{{x}}', 1],
    ['{{ yes }}', true],
    ['{{ nothing }}', null],
    ['{{ list }}', [3, 1, 2]],
    ['{{ nested.a }}', { y: 2, b: 3 }],
    ['{{ x + 1 }}', 2],
    ['{{ 3000 / 2 }}', 1500],
    ["{{ '10' | int }}", 10],
    ['{{ "10" }}', '10'],
    ['{{ list | sort }}', [1, 2, 3]],
    ['{{ range(3) }}', [0, 1, 2]],
    ['{{ x == 1 and not nothing }}', true],
  ])('%j is %j', (text, value) => {
    expect(render(text)).toEqual(value);
  });

  test('A list or mapping that is only named is the very same object.', () => {
    expect(render('{{ nested }}')).toBe(values.nested);
  });
});

describe('mixed text is text, printed as Ansible prints it', () => {
  test.each([
    ['a{{ x }}b', 'a1b'],
    ['{{ text }}\n', `${values.text}\n`],
    ['{{ text }}{{ text }}\n', `${values.text}${values.text}\n`],
    ['{{ text -}}\n', values.text],
    ['{{ x }} ', '1 '],
    ['{{ x }}{{ x }}', '11'],
    ["a{{ ' x' if nothing }}{{ (' y' if yes) | upper }}{{ [1 if nothing, 2] }}", "a Y['', 2]"],
    ["{% for i in list if i > 1 %}{{ i }}{{ ',' if not loop.last }}{% endfor %}", '3,2'],
    ["{{ {'z': 1, 'b': {'y': 2, 'a': 3}} }}!", "{'z': 1, 'b': {'y': 2, 'a': 3}}!"],
    ['is {{ yes }}, {{ not yes }}, {{ nothing }}', 'is True, False, '],
    ['{{ list }}!', '[3, 1, 2]!'],
    ["{{ ['it''s', true] }}!", "['its', True]!"],
    ['{{ nested }}!', "{'z': 1, 'a': {'y': 2, 'b': 3}}!"],
    ["{{ '{{' }}x", '{{x'],
    ["{{ '}}' }}x", '}}x'],
    ['{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
    ['{# a note #}{{ x }}b', '1b'],
    ['a {{- x -}} b', 'a1b'],
    ['{% if yes %}\non\n{% endif %}\nend', 'on\nend'],
    ['${#array[@]}', '${#array[@]}'],
  ])('%j is %j', (text, value) => {
    expect(render(text)).toBe(value);
  });
});

describe('a backslash in quotes', () => {
  test.each([
    ["{{ text | regex_replace('(b)', '\\1\\1') }}", 'abbc'],
    ["{{ text | regex_replace('^(\\w)(\\w)', '\\2\\1') }}", 'bac'],
    ['{{ "a\\tb" }}', 'a\\tb'],
    ['{{ "say \\"x\\"" }}', 'say "x"'],
    ['{% if text is match("\\w+") %}{{ "\\t" }}{% endif %}', '\\t'],
  ])('%j is %j: inside of {{ }} of a playbook it is one', (text, value) => {
    expect(render(text)).toBe(value);
  });

  test.each([
    ['{{ "a\\tb" }}', 'a\tb'],
    ["{{ text | regex_replace('(b)', '\\\\1\\\\1') }}", 'abbc'],
    ["{{ '\\w\\x41\\101\\u00e9\\'' }}", "\\wAAé'"],
    ['{{ x == 1 }} {{ nothing }}|', 'True |'],
    ['{{ nested.a }}', "{'y': 2, 'b': 3}"],
  ])('%j is %j: in a template file it is as in Python', (text, value) => {
    expect(templates.renderFile(text, scope)).toBe(value);
  });

  test('in a condition it is as in Python', () => {
    expect(check("text is match('\\\\w+$')")).toBe(true);
    expect(check("text is match('\\w+$')")).toBe(true);
  });
});

describe('statements', () => {
  test.each([
    ['{% for i in list if i > 1 %}{{ loop.index }}:{{ i }} {% endfor %}', '1:3 2:2 '],
    ['{% set x = x + 1 %}{{ x }}', '2'],
    ['{% macro b() %}<{{ caller() }}>{% endmacro %}{% call b() %}{{ x }}{% endcall %}', '<1>'],
    ['{% for n in [1, [2, 3]] recursive %}{{ n if n is number else loop(n) }}{% endfor %}', '123'],
    ['{% with y = x + 1 %}{{ y }}{% endwith %}', '2'],
    ['{% macro f(a, b=2) %}{{ a }}{{ b }}{{ x }}{% endmacro %}{{ f(1) }}', '121'],
    ['{% filter upper %}a{{ text }}{% endfilter %}', 'AABC'],
    ['{% set n = namespace(a=0) %}{% for i in range(3) %}{% set n.a = n.a + i %}{% endfor %}{{ n.a }}', '3'],
  ])('%j is %j', (text, value) => {
    expect(render(text)).toBe(value);
  });
});

describe('mappings keep the order of the source', () => {
  test.each([
    ['{{ nested | dict2items | map(attribute="key") | list }}', ['z', 'a']],
    [
      '{{ nested.items() }}',
      [
        ['z', 1],
        ['a', values.nested.a],
      ],
    ],
    ['{{ nested.keys() }}', ['z', 'a']],
    ['{% for key in nested %}{{ key }} {% endfor %}', 'z a '],
    ['{% for key, value in nested.a.items() %}{{ key }}={{ value }} {% endfor %}', 'y=2 b=3 '],
  ])('%j', (text, value) => {
    expect(render(text)).toEqual(value);
  });

  test('what comes back from a filter has the keys in the order in which they went in', () => {
    expect(Object.keys(render("{{ nested | combine({'c': 1}) }}") as object)).toEqual(['z', 'a', 'c']);
    expect(JSON.stringify(render('{{ [nested, x] | first }}'))).toBe(JSON.stringify(values.nested));
  });

  test('two mappings with the same keys in other orders keep each its own', () => {
    const both = scopeOf({ m: { b: 1, a: 2 }, n: { a: 3, b: 4 } });
    expect(JSON.stringify(templates.render('{{ [m, n] | list }}', both))).toBe('[{"b":1,"a":2},{"a":3,"b":4}]');
  });
});

describe('a variable that is not there is an error at its place, wherever it stands', () => {
  test.each([
    ['nope', 'nope', 0],
    ['nope == 1', 'nope', 0],
    ['not nope', 'nope', 4],
    ['nope | upper', 'nope', 0],
    ['nope.x', 'nope.x', 0],
    ['nope.upper()', 'nope', 0],
    ['x in nope', 'nope', 5],
    ["'a' ~ nope", 'nope', 6],
    ['[1, nope]', 'nope', 4],
    ["{'k': nope}", 'nope', 6],
    ['nope if yes else 1', 'nope', 0],
    ['nope is none', 'nope', 0],
    ['nested.q', 'nested.q', 0],
    ['nested.q == 1', 'nested.q', 0],
    ["nested['q']", "nested['q']", 0],
    ['list[7]', 'list[7]', 0],
    ['hosts[host].nope', 'hosts[host].nope', 0],
    ["hosts[host ~ ''].nope == 1", "hosts[host ~ ''].nope", 0],
    ['hosts[nope].ip', 'nope', 6],
    ['nested[text ~ nope]', 'nope', 14],
    ['text | default(nope)', 'nope', 15],
    ['nope | default(other)', 'other', 15],
  ])('%j says that %j is not defined', (expression, name, offset) => {
    const fault = faultOf(() => templates.evaluate(expression, scope));
    expect(fault).toMatchObject({ code: 'UNDEFINED_VARIABLE', message: `"${name}" is not defined`, offset });
  });

  test.each([
    ['nope is defined', false],
    ['nope is not defined', true],
    ['nope is undefined', true],
    ['not nope is defined', true],
    ['(nope) is defined', false],
    ['nope.a.b is defined', false],
    ['nested.q is defined', false],
    ['nested.z is defined', true],
    ['nope is defined and nope == 1', false],
    ['yes or nope', true],
  ])('%j may ask', (expression, value) => {
    expect(check(expression)).toBe(value);
  });

  test.each([
    ["nope | default('d')", 'd'],
    ["nope | d('d')", 'd'],
    ["nope.a.b | default('d')", 'd'],
    ["(nope.a) | default('d')", 'd'],
    ["text | default('d')", 'abc'],
    ["'' | default('d', true)", 'd'],
    ["nothing | default('d')", null],
    ["nothing | default('d', true)", 'd'],
    ['x if yes else nope', 1],
  ])('%j is %j', (expression, value) => {
    expect(templates.evaluate(expression, scope)).toEqual(value);
  });

  test('the nearest name is suggested, of variables and of keys', () => {
    expect(faultOf(() => render('{{ netwrok }}')).hint).toBe('did you mean "network"?');
    expect(faultOf(() => render('{{ item.mtuu }}')).hint).toBe('did you mean "mtu"?');
  });

  test('what a statement or a filter leaves undefined is an error too', () => {
    expect(faultOf(() => render('{{ [] | first }}')).code).toBe('UNDEFINED_VARIABLE');
    expect(faultOf(() => render("{{ 'x' if nothing }}")).code).toBe('UNDEFINED_VARIABLE');
    expect(faultOf(() => render('{% for i in list %}{{ i.nope == 1 }}{% endfor %}')).message).toContain('i.nope');
    expect(faultOf(() => render("{{ [nested] | map(attribute='q') | list }}")).message).toContain('no "q"');
  });
});

describe('filters of Ansible', () => {
  test.each([
    ["{'a': {'b': 1}} | combine({'a': {'c': 2}}, recursive=true)", { a: { b: 1, c: 2 } }],
    ["{'a': [1]} | combine({'a': [2]}, list_merge='append')", { a: [1, 2] }],
    ["{'a': 1} | dict2items", [{ key: 'a', value: 1 }]],
    ["{'a': 1} | dict2items(key_name='k', value_name='v')", [{ k: 'a', v: 1 }]],
    ["[{'key': 'a', 'value': 1}] | items2dict", { a: 1 }],
    ['[1, [2, [3]]] | flatten', [1, 2, 3]],
    ['[1, [2, [3]]] | flatten(levels=1)', [1, 2, [3]]],
    ['[2, 1, 2] | unique', [2, 1]],
    [
      "[1, 2] | zip(['a', 'b']) | list",
      [
        [1, 'a'],
        [2, 'b'],
      ],
    ],
    [
      "[1, 2] | product(['a']) | list",
      [
        [1, 'a'],
        [2, 'a'],
      ],
    ],
    ["[{'n': 1, 's': [5, 6]}] | subelements('s') | length", 2],
    ["['web1'] | map('extract', hosts, 'ip') | list", ['10.0.0.1']],
    ['[1, 2] | difference([2])', [1]],
    ["yes | ternary('a', 'b')", 'a'],
    ["nothing | ternary('a', 'b', 'c')", 'c'],
    ["'yes' | bool", true],
    ["'no' | bool", false],
    ["'a-b' | regex_replace('(\\\\w)-(\\\\w)', '\\\\2-\\\\1')", 'b-a'],
    ["'eth12' | regex_search('[0-9]+')", '12'],
    ["'a1b2' | regex_findall('[0-9]')", ['1', '2']],
    ["'text' | b64encode", 'dGV4dA=='],
    ["'dGV4dA==' | b64decode", 'text'],
    ['nested | to_json', '{"z": 1, "a": {"y": 2, "b": 3}}'],
    ['\'{"a": [1]}\' | from_json', { a: [1] }],
    ["'/etc/hosts' | basename", 'hosts'],
    ["'/etc/hosts' | dirname", '/etc'],
    [`"it's" | quote`, `'it'"'"'s'`],
    ["'%s-%02d' | format('a', 3)", 'a-03'],
    ["[true, 'a'] | join(', ')", 'True, a'],
    ["'x' | int(default=5)", 5],
    ["'ff' | int(base=16)", 255],
    ['x | ansible.builtin.string', '1'],
  ])('%s', (expression, value) => {
    expect(templates.evaluate(expression, scope)).toEqual(value);
  });

  test.each([
    ["network | ipaddr('network')", '10.1.0.0'],
    ["network | ipaddr('netmask')", '255.255.0.0'],
    ["'10.1.2.3/24' | ipaddr('address')", '10.1.2.3'],
    ["'10.1.2.3/24' | ipaddr('prefix')", 24],
    ["'10.1.2.3/24' | ipaddr('network/prefix')", '10.1.2.0/24'],
    ["'10.1.2.3/24' | ansible.utils.ipaddr(5)", '10.1.2.5/24'],
    ["'10.1.2.3/24' | ipaddr('-2')", '10.1.2.254/24'],
    ["'10.1.2.3/20' | ipaddr('hostmask')", '0.0.15.255'],
    ["'2001:db8::/64' | nthhost(255)", '2001:db8::ff'],
    ['network | nthhost(-2)', '10.1.255.254'],
    ['network | ipsubnet(24, 3)', '10.1.3.0/24'],
    ['network | ipsubnet(24, -1)', '10.1.255.0/24'],
    ['network | ipsubnet(24)', 256],
    ["'10.0.0.255' | ipmath(1)", '10.0.1.0'],
    ["'2001:db8::1' | ipwrap", '[2001:db8::1]'],
    ["'no address' | ipaddr", false],
    ["['10.0.0.1', 'x', '::1'] | ipv4", ['10.0.0.1']],
  ])('%s', (expression, value) => {
    expect(templates.evaluate(expression, scope)).toEqual(value);
  });

  test.each([
    ['network | ipsubnet(24, 256)', 'ipsubnet'],
    ["'no address' | ipaddr('network')", 'ipaddr'],
    ["'%' | b64decode", 'b64decode'],
    ['text | combine({})', 'combine'],
    ["'(' | regex_search('(')", 'regex_search'],
    ["'%.200f' | format(1)", 'format'],
  ])('%s is told as a mistake of that filter, and the engine lives on', (expression, filter) => {
    const fault = faultOf(() => templates.evaluate(expression, scope));
    expect(fault.code).toBe('TEMPLATE_ERROR');
    expect(fault.message).toMatch(new RegExp(`^${filter}: `));
    expect(fault.offset).toBe(expression.indexOf(filter));
    expect(render('{{ x + 1 }}')).toBe(2);
  });
});

describe('conditions', () => {
  test.each([
    ['x', true],
    ['nothing', false],
    ['list', true],
    ['[]', false],
    ['{{ yes }}', true],
    ['result is changed', true],
    ['result is failed', false],
    ['result is succeeded', true],
    ["'10.1.2.3' is in_network(network)", true],
    ["text is match('b')", false],
    ["text is search('b')", true],
    ['list is contains(3)', true],
    ["'web1' in hosts", true],
  ])('%j is %j', (expression, value) => {
    expect(check(expression)).toBe(value);
  });

  test('a text is neither true nor false', () => {
    expect(faultOf(() => check('text')).hint).toContain('| bool');
    expect(faultOf(() => check('a {{ x }}')).hint).toBe('write it without {{ and }}');
  });
});

describe('what cannot be read is an error with its offset', () => {
  test.each([
    ['a {{ x', 2, 'is not closed'],
    ['{{ x | uper }}', 7, 'no filter "uper"'],
    ['{{ x is devined }}', 8, 'no test "devined"'],
    ['{{ f(1) }}', 3, 'no function "f"'],
    ['{{ now() }}', 3, 'now() is not available'],
    ["{% include 'x' %}", 3, 'no statement {% include %}'],
    ['{{ (x }}', 6, '"}" closes nothing'],
    ["{{ 'a }}", 3, 'does not end'],
    ['{{ x ! }}', 5, 'has no meaning here'],
    ['{{ }}', 0, 'is empty'],
    ['{{ 1 + }}', 3, 'ends too early'],
    ['{{ 1 / 0 }}', 3, 'not a number'],
    ['{{ 9007199254740993 }}', 3, 'too large'],
    ['line\n{{ text + 1 }}', 5, 'unsupported types'],
  ])('%j', (text, offset, message) => {
    const fault = faultOf(() => render(text));
    expect(fault.message).toContain(message);
    expect(fault).toMatchObject({ code: 'TEMPLATE_ERROR', offset });
  });

  test('text that only looks like a template gets a way out', () => {
    expect(faultOf(() => render('{{.Names}}')).hint).toBe("to have it as text, write {{ '{{' }}");
  });
});

// Probes that run code, or reach an object's insides, in engines that were not chosen (nunjucks among them).
const ESCAPES = [
  'constructor',
  "''.constructor",
  "''.constructor.constructor('return process.pid')()",
  "text.constructor.constructor('return process.pid')()",
  "nested.constructor.constructor('return process')()",
  "nested['constructor']['constructor']('return process')()",
  "nested | attr('constructor')",
  "nested['__pro' ~ 'to__']",
  'nested.__proto__',
  "nested['__proto__'].polluted",
  'list.constructor',
  'list.push(4)',
  'range.constructor',
  "range.constructor('return process')()",
  'self._TemplateReference__context',
  'cycler.__init__.__globals__',
  "''.__class__.__mro__[1].__subclasses__()",
  "joiner.__call__.__globals__['os']",
  'process.env',
  'globalThis',
  "require('child_process')",
  'debug()',
];

describe('no template reaches anything but its values', () => {
  test.each(ESCAPES)('%s', (expression) => {
    faultOf(() => templates.evaluate(expression, scope));
    faultOf(() => render(`{{ ${expression} }}`));
    faultOf(() => render(`a {{ ${expression} }}`));
    expect(values.list).toEqual([3, 1, 2]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a key named __proto__ is data like any other', () => {
    const own = JSON.parse('{"m": {"__proto__": {"a": 1}, "b": 2}}') as Record<string, unknown>;
    const made = templates.render('{{ m | combine({"c": 3}) }}', scopeOf(own)) as object;
    expect(JSON.stringify(made)).toBe('{"__proto__":{"a":1},"b":2,"c":3}');
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  });

  test('a value that looks like a template is not one', () => {
    expect(templates.render('{{ v }}', scopeOf({ v: '{{ x }}' }))).toBe('{{ x }}');
    expect(templates.render('a {{ v | upper }}', scopeOf({ v: '{{ x }}' }))).toBe('a {{ X }}');
  });
});

describe('templates that would break the engine end as errors, and the next one works', () => {
  test.each([
    ['too long', `{{ x }}${'a'.repeat(70_000)}`],
    ['nested too deep', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`],
    ['too many filters', `{{ x${' | string'.repeat(5000)} }}`],
    ['blocks nested too deep', '{% if x %}'.repeat(1000) + '{% endif %}'.repeat(1000)],
    ['endless', '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}'],
    ['out of memory', "{{ ('a' * 3000000000) | length }}"],
    ['recursive', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}'],
    ['computed indexes in each other', `{{ ${'nested[x + '.repeat(50)}1${']'.repeat(50)} }}`],
  ])('%s', (_, text) => {
    faultOf(() => render(text));
    expect(render('{{ x + 1 }}')).toBe(2);
  });

  test('any text is either rendered or refused', () => {
    const part = fc.constantFrom(
      ...'{{|}}|{%|%}|{#|#}|x|nested|.z|[|]|(|)|\'|"|\\| + | | |if|for|in|is|not|1|,|:|=|~|-|list|default'.split('|'),
      '|',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        try {
          render(parts.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateFault);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

test('any value in any filter or test is either answered or refused', () => {
  const words = [...ENGINE_FILTERS, ...Object.keys(FILTERS).filter((name) => !name.startsWith('nw'))];
  const tests = [...ENGINE_TESTS, ...Object.keys(TESTS)];
  const value = fc.constantFrom(
    ...[
      'x',
      'text',
      'yes',
      'nothing',
      'list',
      'nested',
      'network',
      '-1',
      '2.5',
      '[]',
      '{}',
      "''",
      "'10.0.0.1'",
      "'('",
      '[list, nothing]',
      '1 / 0',
    ],
  );
  const args = fc.array(value, { maxLength: 3 }).map((list) => (list.length === 0 ? '' : `(${list.join(', ')})`));
  const use = fc.oneof(
    fc.constantFrom(...words).map((word) => `| ${word}`),
    fc.constantFrom(...tests).map((word) => `is ${word}`),
  );
  fc.assert(
    fc.property(value, use, args, (v, what, more) => {
      try {
        templates.evaluate(`${v} ${what}${more}`, scope);
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateFault);
      }
      expect(render('{{ x + 1 }}')).toBe(2);
    }),
    { numRuns: 3000 },
  );
});

test('data goes through the engine and back unchanged', () => {
  const key = fc.string({ minLength: 1, maxLength: 5 });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.string(),
      fc.maxSafeInteger(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (v) => {
      expect(createdOnce.render('{{ [v] | first }}', scopeOf({ v }))).toEqual(structuredClone(v));
    }),
    { numRuns: 300 },
  );
});
const createdOnce = createTemplates();

test('a lazy mapping makes only what is named, and all of it only where it is used as a whole', () => {
  const asked: string[] = [];
  const lazy = new LazyMapping(
    ['a', 'b'],
    (key) => (asked.push(key), key === 'a' || key === 'b' ? { ip: key } : undefined),
    () => (asked.push('whole'), { a: { ip: 'a' }, b: { ip: 'b' } }),
  );
  const own = scopeOf({ lazy, name: 'b' });
  expect(templates.render('{{ lazy.a.ip }} {{ lazy[name].ip | upper }}', own)).toBe('a B');
  expect(asked).toEqual(['a', 'b']);
  expect(templates.render("{{ lazy | dict2items | map(attribute='key') | join }}", own)).toBe('ab');
  expect(asked.at(-1)).toBe('whole');
  expect(faultOf(() => templates.render('{{ lazy.c }}', own)).code).toBe('UNDEFINED_VARIABLE');
});

test('variables that a template does not reach are never looked up, unless a filter could see them', () => {
  const asked: string[] = [];
  const spy = { get: (name: string) => (asked.push(name), 1), names: () => [] };
  templates.render('{{ a }} {{ b.c | default(1) }}', spy);
  expect(asked).toEqual(['a', 'b']);
});

test('what a lookup throws comes out as it is, but only where the value is used', () => {
  const broken = new Error('not yet');
  const own = {
    get: (name: string): unknown => {
      if (name === 'broken') throw broken;
      return name === 'yes' ? true : undefined;
    },
    names: () => [],
  };
  expect(() => templates.render('{{ broken | upper }}', own)).toThrow(broken);
  expect(() => templates.render('{{ broken is defined }}', own)).toThrow(broken);
  expect(templates.render('{{ 1 if yes else broken }}', own)).toBe(1);
});

test.each([
  ['a', false],
  ['{{ a }}', true],
  [{ a: ['{% if x %}'] }, true],
  [{ '{{ a }}': 1 }, false],
  [{ a: ['${#x}'] }, false],
  [null, false],
])('holdsTemplate(%j) is %j', (value, holds) => {
  expect(holdsTemplate(value)).toBe(holds);
});

test('parts of something large are taken out without handing it to the engine again for each', () => {
  const hosts = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`h${index}`, { ip: `10.0.0.${index}`, list: Array(100).fill(index) }]),
  );
  const own = scopeOf({ hosts, names: Object.keys(hosts) });
  const ips = Object.values(hosts).map(({ ip }) => ip);
  const begun = performance.now();
  expect(templates.render("{{ names | map('extract', hosts, 'ip') | list }}", own)).toEqual(ips);
  expect(templates.render("{{ names | map('extract', hosts) | map(attribute='ip') | list }}", own)).toEqual(ips);
  // Some 20 ms; a minute if all is handed over for each.
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(templates.render("{{ 'h7' | extract(hosts, morekeys=['list', 0]) }}", own)).toBe(7);
  const missing = faultOf(() => templates.render("{{ ['h1', 'h'] | map('extract', hosts) | list }}", own));
  expect(missing.code).toBe('UNDEFINED_VARIABLE');
});

test('what one template was given is not there for the next', () => {
  const text = '{% if set %}{% set x = 1 %}{% endif %}{{ x | default("none") }}';
  for (const x of [{ a: 1 }, { a: 1 }]) expect(templates.render(text, scopeOf({ set: false, x }))).toContain("'a': 1");
  expect(templates.render(text, scopeOf({ set: false }))).toBe('none');
});

test('a loop of thousands is fast', () => {
  const items = Array.from({ length: 5000 }, (_, index) => ({ name: `c${index}`, mtu: index }));
  const all = Object.fromEntries(items.map((item) => [item.name, item]));
  const begun = performance.now();
  for (const item of items) {
    const own = scopeOf({ item, all });
    templates.render('{{ item.name }}-net', own);
    templates.render('{{ item.mtu + 1 }}', own);
    templates.render('{{ all[item.name ~ ""].mtu }}', own);
  }
  // About 30 µs for the three here; the limit allows for a loaded machine.
  expect(performance.now() - begun).toBeLessThan(15_000);
});
