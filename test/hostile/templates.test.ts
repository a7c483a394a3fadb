import { afterAll, describe, expect, test } from 'vitest';
import { createTemplates, scopeOf } from '../../src/template.ts';
import { take } from './load.ts';

// The tool's own limit is one second and a little; nobody can say how long a busy machine makes of it.
const SECONDS = 20;
const MEMORY = 2 * 1024 * 1024;

const lab = (vars: Record<string, unknown>, msg: unknown, task: Record<string, unknown> = {}): string =>
  JSON.stringify([{ hosts: 'localhost', vars, tasks: [{ debug: { msg }, ...task }] }]);

/** Each variable is what the next one has, ten times. */
const tenfold = (make: (inner: string) => unknown): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [`v${at}`, at === 11 ? 'x'.repeat(10) : make(`{{ v${at + 1} }}`)]),
  );

const TEXTS = {
  'a list is repeated': '{{ [1] * 1000000000 }}',
  'a long list is repeated': '{{ (range(100000) | list) * 1000 }}',
  'lists in lists are repeated': '{{ [[1] * 100000] * 100000 }}',
  'a text is repeated': "{{ 'a' * 1000000000 }}",
  'a text is repeated, and only its length is asked': "{{ ('a' * 3000000000) | length }}",
  'a text grows to twice its length again and again':
    "{% set all = namespace(x='a') %}{% for i in range(40) %}{% set all.x = all.x ~ all.x %}{% endfor %}{{ all.x | length }}",
  'a list is searched for each of its items':
    '{% set l = range(100000) | list %}{% for i in l %}{{ -1 in l }}{% endfor %}',
  'each letter is replaced by a text': "{{ ('a' * 100000) | replace('a', 'b' * 100000) | length }}",
  'each letter is replaced by a text that a pattern makes': "{{ ('a' * 1000000) | regex_replace('a', 'b' * 10000) }}",
  'a text stands between thousands': "{{ range(100000) | join('a' * 100000) }}",
  'a number is a gigabyte wide': "{{ '%1000000000d' | format(1) }}",
  'a text is moved to the right': "{{ 'a' | indent(1000000000, true) }}",
  'a list is cut into more pieces than it has': '{{ [1] | slice(1000000000) | list }}',
  'a list is filled up': '{{ [1] | batch(1000000000, 0) | list }}',
  'lists are multiplied': '{{ range(10000) | product(range(10000)) | list | length }}',
  'JSON is nested': "{{ ('[' * 30000 ~ ']' * 30000) | from_json }}",
  'a power is beyond all bounds': '{{ 2 ** 1000000000 }}',
  'steps without end': '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}',
};

const PATTERN = `'${'a'.repeat(40)}b'`;
const PATTERNS = {
  regex_search: `{{ ${PATTERN} | regex_search('^(a+)+$') }}`,
  regex_replace: `{{ ${PATTERN} | regex_replace('^(a|aa)+$', '') }}`,
  regex_findall: `{{ ${PATTERN} | ansible.builtin.regex_findall('^(a*)*$') }}`,
  match: `{{ [${PATTERN}] | select('match', '(a+)+$') | list }}`,
  search: `{{ ${PATTERN} is search('^(a+)+$') }}`,
  regex: `{{ ${PATTERN} is not regex('^(a+)+$') }}`,
};

describe('a template ends, with an error at its place, where', () => {
  const ended = (playbook: string): string => {
    const begun = performance.now();
    const [problem, ...more] = take(playbook).problems;
    expect(performance.now() - begun).toBeLessThan(SECONDS * 1000);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'TEMPLATE_ERROR', place: { file: 'lab.yml', line: 1 } });
    expect(take(lab({ a: [1, 2] }, '{{ (a * 2) | sort }}')).answers).toMatchObject([{ msg: [1, 1, 2, 2] }]);
    return problem!.message;
  };

  test.each(Object.entries(TEXTS))('%s', (_, text) => {
    expect(ended(lab({}, text))).toMatch(/too (much|long|large)|more than|unable|out of fuel/);
  });

  test.each(Object.entries(PATTERNS))('the pattern of %s never comes to an end', (filter, text) => {
    expect(ended(lab({}, text))).toBe(`${filter}: the template takes too long`);
  });

  test('the condition of a task never comes to an end', () => {
    ended(lab({}, 'x', { when: `${PATTERN} is match('(a+)+$')` }));
  });

  test.each([
    ['lists', tenfold((inner) => Array<string>(10).fill(inner))],
    ['texts', tenfold((inner) => inner.repeat(10))],
    ['mappings', tenfold((inner) => Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`k${at}`, inner])))],
    [
      'lists that a filter makes',
      tenfold((inner) => `{{ [${'v, '.repeat(10).replaceAll('v', inner.slice(3, -3))}] }}`),
    ],
  ])('variables name one another ten times: %s', (_, vars) => {
    expect(ended(lab(vars, '{{ v0 }}'))).toContain('more than');
  });

  test.each([
    ['is not there', '{{ nobody }}', 'UNDEFINED_VARIABLE'],
    ['needs the first one', '{{ v0 }}', 'TEMPLATE_CYCLE'],
  ])('variables name one another ten times, and the last one %s', (_, last, code) => {
    const vars = { ...tenfold((inner) => Array<string>(10).fill(inner)), v11: last };
    expect(new Set(take(lab(vars, '{{ v0 }}')).problems.map((problem) => problem.code))).toEqual(new Set([code]));
  });

  test('variables name one another ten times, and the last one is not known yet', () => {
    const vars = { ...tenfold((inner) => Array<string>(10).fill(inner)), v11: '{{ later.stdout }}' };
    const tasks = [{ command: { argv: ['id'] }, register: 'later' }, { debug: { msg: '{{ v0 }}' } }];
    expect(take(JSON.stringify([{ hosts: 'localhost', vars, tasks }])).problems).toEqual([]);
  });

  test('what is registered grows from task to task', () => {
    const grow = { set_fact: { x: '{{ x + x }}' } };
    const tasks = [{ set_fact: { x: [1, 2, 3] } }, ...Array<unknown>(40).fill(grow)];
    const { problems } = take(JSON.stringify([{ hosts: 'localhost', tasks }]));
    expect(problems.map(({ code }) => code)).toEqual(['TEMPLATE_ERROR']);
  });
});

test('templates that each take a part of a second are ended together, and one error tells it', () => {
  const msg = (at: number): string => `{% for i in range(90000) %}{{ i + ${at} if i % 9 == 0 else 0 }}{% endfor %}`;
  const tasks = Array.from({ length: 300 }, (_, at) => ({ debug: { msg: msg(at) } }));
  const begun = performance.now();
  const { problems } = take(JSON.stringify([{ hosts: 'localhost', tasks }]));
  expect(performance.now() - begun).toBeLessThan(SECONDS * 1000);
  expect(problems.map(({ code, place }) => [code, place?.file])).toEqual([['TEMPLATES_TOO_LONG', 'lab.yml']]);
});

test('a template that finds the memory full of what others left is rendered in a new one', () => {
  const templates = createTemplates();
  for (let index = 0; index < 12; index++) {
    const long = { text: 'x'.repeat(30_000_000) };
    expect(templates.render(`{{ (long | length) + ${index} }}`, scopeOf({ long }))).toBe(1 + index);
  }
});

afterAll(() => {
  // Of the whole process, with vitest, in kilobytes.
  expect(process.resourceUsage().maxRSS).toBeLessThan(MEMORY);
});
