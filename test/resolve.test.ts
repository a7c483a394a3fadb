import { describe, expect, test } from 'vitest';
import { formatProblem, NetwrightError, type Problem } from '../src/error.ts';
import { parseInventory, selectLimit, type Files } from '../src/inventory.ts';
import { parsePlaybook } from '../src/playbook.ts';
import {
  loopResult,
  parseExtraVars,
  resultOf,
  type BoundTask,
  type ResolvedTask,
  createResolver,
  type Resolver,
  type ResolverInput,
} from '../src/resolve.ts';
import { parseSource } from '../src/source.ts';
import { createTemplates } from '../src/template.ts';
import { defineTask } from '../src/task.ts';

const files: Files = { read: () => undefined, list: () => [] };

const anything = { type: 'object', additionalProperties: true } as const;
const state = defineTask({
  kind: 'state',
  description: 'A test kind.',
  schema: anything,
  identity: () => 'x',
  objects: () => [],
});
const act = defineTask({ kind: 'act', description: 'A test kind.', schema: anything, commands: () => [] });
const kinds = new Map([state, act].map((kind) => [kind.kind, kind]));
const templates = createTemplates();

const INVENTORY = `
all:
  vars: {site: geneva, mtu: 1500}
  children:
    web:
      vars: {role: front, peer: "{{ groups.db[0] }}", peer_ip: "{{ hostvars[peer].ip }}"}
      hosts:
        web1: {ip: 10.0.0.1}
        web2: {ip: 10.0.0.2}
    db:
      vars: {role: back, url: "db://{{ ip }}:{{ port | default(5432) }}"}
      hosts:
        db1: {ip: "10.0.1.{{ 3 - 2 }}"}
`;

interface Options extends Pick<ResolverInput, 'connection' | 'chosen'> {
  readonly inventory?: string;
  readonly extra?: readonly string[];
  readonly limit?: string;
}

function resolverOf(playbook: string, options: Options = {}): Resolver {
  const { source, problems } = parseSource(playbook, 'lab.yml');
  const { inventory, problems: wrong } = parseInventory([{ file: 'inv.yml', text: options.inventory ?? INVENTORY }]);
  const { plays, problems: bad } = parsePlaybook(source!, kinds);
  const { layer, problems: extra } = parseExtraVars(options.extra ?? [], files);
  const all = [...problems, ...wrong, ...bad, ...extra];
  if (all.length > 0) throw new NetwrightError(all);
  const limit = options.limit === undefined ? undefined : selectLimit(inventory, options.limit, files).hosts;
  const { connection, chosen } = options;
  return createResolver({
    playbook: 'labs/lab.yml',
    plays,
    inventory,
    templates,
    extraVars: layer,
    limit,
    connection,
    chosen,
  });
}

const playbookOf = (tasks: string, more = ''): string =>
  `- hosts: web1\n${more}  tasks:\n${tasks
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n`;

/** All tasks of the first play on a host, loop items and all. */
const tasksOf = (resolver: Resolver, host = 'web1', play = 0): ResolvedTask[] =>
  resolver.tasks(play, host).flatMap(({ tasks }) => tasks);

const argsOf = (tasks: string, more = '', extra: readonly string[] = []): unknown[] => {
  const resolver = resolverOf(playbookOf(tasks, more), { extra });
  expect(resolver.check().map(formatProblem)).toEqual([]);
  return tasksOf(resolver).map(({ args }) => args);
};

const problemsOf = (tasks: string, more = ''): Problem[] => resolverOf(playbookOf(tasks, more)).check();

describe('options are rendered with their types', () => {
  test.each([
    ['{a: 1, b: text, c: [true, null]}', { a: 1, b: 'text', c: [true, null] }],
    ['{mtu: "{{ mtu }}", name: "{{ role }}0"}', { mtu: 1500, name: 'front0' }],
    ['{all: ["{{ mtu + 1 }}", {deep: "{{ role }}"}]}', { all: [1501, { deep: 'front' }] }],
    ['{a: 1, b: "{{ nope | default(omit) }}", c: [1, "{{ omit }}"]}', { a: 1, c: [1] }],
    [
      '{h: "{{ inventory_hostname }}", g: "{{ group_names }}", l: "{{ lab }}", d: "{{ playbook_dir }}"}',
      { h: 'web1', g: ['web'], l: 'lab', d: process.cwd() },
    ],
    [
      '{hosts: "{{ ansible_play_hosts }}", web: "{{ groups.web }}", all: "{{ groups[\'all\'] | length }}"}',
      { hosts: ['web1'], web: ['web1', 'web2'], all: 3 },
    ],
    ['{other: "{{ hostvars.web2.ip }} {{ hostvars[groups.web[1]][\'role\'] }}"}', { other: '10.0.0.2 front' }],
  ])('%s', (args, rendered) => {
    expect(argsOf(`- state: ${args}`)).toEqual([rendered]);
  });
});

describe('variables', () => {
  test('win in this order: inventory, play, task, registered, --extra-vars', () => {
    const vars = '  vars: {mtu: 1, role: play, site: play}\n';
    const tasks =
      '- state: {m: "{{ mtu }}", r: "{{ role }}", s: "{{ site }}", i: "{{ ip }}"}\n  vars: {role: task, site: task}';
    expect(argsOf(tasks, vars, ['site=extra ip=extra'])).toEqual([{ m: 1, r: 'task', s: 'extra', i: 'extra' }]);
  });

  test('hold templates that are rendered when they are used, in terms of whoever uses them', () => {
    const vars = '  vars: {name: "{{ item }}-{{ kind }}", kind: x, unused: "{{ nope }}"}\n';
    const tasks = `
- state: {n: "{{ name }}"}
  loop: [a, b]
- state: {n: "{{ name }}"}
  loop: [c]
  vars: {kind: y}`;
    expect(argsOf(tasks, vars)).toEqual([{ n: 'a-x' }, { n: 'b-x' }, { n: 'c-y' }]);
  });

  test('that were absent where they were first used are seen where they are there', () => {
    const vars = '  vars: {name: "{{ item | default(\'none\') }}"}\n';
    expect(argsOf('- state: {n: "{{ name }}"}\n- state: {n: "{{ name }}"}\n  loop: [a]', vars)).toEqual([
      { n: 'none' },
      { n: 'a' },
    ]);
  });

  test('of other hosts are rendered with the other host', () => {
    expect(argsOf('- state: {u: "{{ hostvars.db1.url }}", p: "{{ peer_ip }}"}')).toEqual([
      { u: 'db://10.0.1.1:5432', p: '10.0.1.1' },
    ]);
  });

  test('of all hosts can be gone through', () => {
    const tasks = `- state: {l: "{{ groups.all | map('extract', hostvars, 'ip') | list }}"}`;
    expect(argsOf(tasks)).toEqual([{ l: ['10.0.0.1', '10.0.0.2', '10.0.1.1'] }]);
  });

  test('from --extra-vars may be a mapping, and may be templates', () => {
    expect(argsOf('- state: {a: "{{ x.y }}", b: "{{ z }}"}', '', ['{"x": {"y": 5}}', "z='{{ role }} 1'"])).toEqual([
      { a: 5, b: 'front 1' },
    ]);
  });

  test('that need one another are told with the way round', () => {
    const [problem, ...more] = problemsOf('- state: {a: "{{ a }}"}', '  vars:\n    a: "{{ b }}"\n    b: "{{ a }}"\n');
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ code: 'TEMPLATE_CYCLE', message: 'variables need one another: a -> b -> a' });
    expect(problem?.place).toMatchObject({ line: 3 });
  });

  test('know where they come from', () => {
    const resolver = resolverOf(playbookOf('- state: {}', '  vars: {mtu: 9000}\n'), { extra: ['site=x'] });
    expect(resolver.origins(0, 'web1', 'mtu').map(({ name }) => name)).toEqual(['group all in inv.yml', 'the play']);
    expect(resolver.origins(0, 'web1', 'site').map(({ name }) => name)).toEqual([
      'group all in inv.yml',
      '--extra-vars',
    ]);
    expect(resolver.variables(0, 'web1').get('mtu')).toBe(9000);
  });
});

describe('loops', () => {
  test.each([
    ['a list', 'loop: [a, 2]', ['a', 2]],
    ['a template of a list', 'loop: "{{ groups.web }}"', ['web1', 'web2']],
    ['templates in a list', 'loop: ["{{ role }}", "{{ mtu }}"]', ['front', 1500]],
    ['nothing', 'loop: []', []],
    ['a mapping', 'loop: "{{ {\'b\': 1} | dict2items }}"', [{ key: 'b', value: 1 }]],
    ['with_items', 'with_items: [a, [b, c], "{{ groups.web }}"]', ['a', 'b', 'c', 'web1', 'web2']],
  ])('over %s', (_, loop, items) => {
    expect(argsOf(`- state: {i: "{{ item }}"}\n  ${loop}`)).toEqual(items.map((i) => ({ i })));
  });

  test('over a mapping keep the order of the source', () => {
    const vars = '  vars: {nets: {zebra: {v: 1}, apple: {v: 2}, mango: {v: 3}}}\n';
    const tasks = '- state: {n: "{{ item.key }}", v: "{{ item.value.v }}"}\n  loop: "{{ nets | dict2items }}"';
    expect(argsOf(tasks, vars)).toEqual([
      { n: 'zebra', v: 1 },
      { n: 'apple', v: 2 },
      { n: 'mango', v: 3 },
    ]);
  });

  test('may name their item and its index', () => {
    const tasks = '- state: {n: "{{ outer }}{{ i }}"}\n  loop: [a, b]\n  loop_control: {loop_var: outer, index_var: i}';
    expect(argsOf(tasks)).toEqual([{ n: 'a0' }, { n: 'b1' }]);
  });

  test('give every item a label and a key of its own', () => {
    const tasks = `
- name: Nets
  state: {}
  loop: [a, {name: b}, {key: c, value: 1}, [1], a]
- state: {}
  loop: [{x: 1}]
  loop_control: {label: "x {{ item.x }}"}`;
    const found = tasksOf(resolverOf(playbookOf(tasks)));
    expect(found.map(({ label }) => label)).toEqual(['a', 'b', 'c', '[1]', 'a', 'x 1']);
    expect(found.map(({ key }) => key)).toEqual(['0/0/a', '0/0/b', '0/0/c', '0/0/[1]', '0/0/a#5', '0/1/x 1']);
    expect(found.map(({ name }) => name)).toEqual(['Nets', 'Nets', 'Nets', 'Nets', 'Nets', 'state']);
  });

  test('over what is no list are told', () => {
    const vars = '  vars: {nets: {a: 1}}\n';
    expect(problemsOf('- state: {}\n  loop: "{{ nets }}"', vars)).toMatchObject([
      { code: 'WRONG_TYPE', hint: 'to go through a mapping, add "| dict2items"' },
    ]);
  });

  test('of thousands are fast', () => {
    const vars = '  vars: {prefix: "{{ role }}-x", many: "{{ range(5000) | list }}"}\n';
    const tasks =
      '- state: {n: "{{ prefix }}{{ item }}", m: "{{ mtu + item }}", c: 1}\n  loop: "{{ many }}"\n  when: item >= 0';
    const resolver = resolverOf(playbookOf(tasks, vars));
    const begun = performance.now();
    expect(tasksOf(resolver)).toHaveLength(5000);
    // A busy machine takes ten times as long as an idle one; what is quadratic takes minutes.
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});

describe('conditions', () => {
  const skipped = (tasks: string, more = ''): (string | undefined)[] =>
    tasksOf(resolverOf(playbookOf(tasks, more))).map((task) => (task.status === 'bound' ? task.skipped : 'deferred'));

  test.each([
    ['when: role == "front"', [undefined]],
    ['when: role == "back"', ['role == "back"']],
    ['when: false', ['false']],
    ['when: [mtu > 1, role == "back"]', ['role == "back"']],
    ['when: [nope is defined, nope > 1]', ['nope is defined']],
    ['when: "{{ mtu }} "', undefined],
  ])('%s', (when, expected) => {
    if (expected === undefined)
      expect(problemsOf(`- state: {}\n  ${when}`)).toMatchObject([{ code: 'TEMPLATE_ERROR' }]);
    else expect(skipped(`- state: {}\n  ${when}`)).toEqual(expected);
  });

  test('are asked for every item', () => {
    expect(skipped('- state: {}\n  loop: [1, 2, 3]\n  when: item != 2')).toEqual([undefined, 'item != 2', undefined]);
  });

  test('guard options that cannot be known without them', () => {
    const tasks = '- state: {a: "{{ nope }}"}\n  when: nope is defined\n- state: {a: "{{ role }}"}\n  when: false';
    const resolver = resolverOf(playbookOf(tasks));
    expect(resolver.check()).toEqual([]);
    expect(tasksOf(resolver).map(({ args }) => args)).toEqual([undefined, { a: 'front' }]);
  });
});

describe('what a task registers', () => {
  const tasks = `
- name: Look
  act: {}
  register: seen
- name: Use
  state: {a: "{{ seen.stdout }}", b: "{{ role }}"}
- name: Guarded
  state: {c: 1}
  when: seen.rc == 0
- name: Apart
  state: {d: "{{ role }}"}
- name: Looped
  state: {e: "{{ item }}"}
  loop: "{{ seen.stdout_lines }}"`;
  const outcome = { rc: 0, stdout: '{{ role }}\nb\n', stderr: '' };
  const judged = { changed: true, detail: '' };

  test('makes what needs it wait, and nothing else', () => {
    const resolver = resolverOf(playbookOf(tasks));
    expect(resolver.check()).toEqual([]);
    const reason = 'needs the result of Look (register seen)';
    expect(
      tasksOf(resolver).map((task) => (task.status === 'deferred' ? [task.name, task.reason, task.args] : task.name)),
    ).toEqual([
      'Look',
      ['Use', reason, undefined],
      ['Guarded', reason, { c: 1 }],
      'Apart',
      ['Looped', reason, undefined],
    ]);
  });

  test('is data from then on: a template in it stays text', () => {
    const resolver = resolverOf(playbookOf(tasks));
    tasksOf(resolver);
    resolver.register(0, 0, 'web1', resultOf(judged, [outcome]));
    const args = tasksOf(resolver).map((task) => [task.status, task.args]);
    expect(args).toEqual([
      ['bound', {}],
      ['bound', { a: '{{ role }}\nb', b: 'front' }],
      ['bound', { c: 1 }],
      ['bound', { d: 'front' }],
      ['bound', { e: '{{ role }}' }],
      ['bound', { e: 'b' }],
    ]);
  });

  test('of a task that is skipped for certain is known at once', () => {
    const resolver = resolverOf(
      playbookOf(
        '- act: {}\n  register: seen\n  when: false\n- state: {}\n  when: seen is skipped\n- state: {}\n  when: seen is not skipped',
      ),
    );
    expect(tasksOf(resolver).map((task) => task.status === 'bound' && task.skipped)).toEqual([
      'false',
      undefined,
      'seen is not skipped',
    ]);
  });

  test('is not there before that task', () => {
    const found = problemsOf('- state: {a: "{{ seen.rc }}"}\n- act: {}\n  register: seen');
    expect(found).toMatchObject([{ code: 'UNDEFINED_VARIABLE', message: '"seen.rc" is not defined' }]);
  });

  test('by two tasks under one name is the one before', () => {
    const resolver = resolverOf(
      playbookOf(
        '- act: {}\n  register: x\n- state: {a: "{{ x.msg }}"}\n- act: {}\n  register: x\n- state: {a: "{{ x.msg }}"}',
      ),
    );
    tasksOf(resolver);
    resolver.register(0, 0, 'web1', { msg: 'first' });
    expect(tasksOf(resolver).map(({ status, args }) => [status, args])).toMatchObject([
      ['bound', {}],
      ['bound', { a: 'first' }],
      ['bound', {}],
      ['deferred', undefined],
    ]);
    resolver.register(0, 2, 'web1', { msg: 'second' });
    expect(tasksOf(resolver).map(({ args }) => args)).toEqual([{}, { a: 'first' }, {}, { a: 'second' }]);
  });

  test('on another host is seen through hostvars, also in a later play', () => {
    const playbook = `
- hosts: db1
  tasks:
    - {name: Look, act: {}, register: seen}
- hosts: web
  tasks:
    - state: {a: "{{ hostvars.db1.seen.msg }}"}
    - state: {a: "{{ ['db1'] | map('extract', hostvars, ['seen', 'msg']) | list }}"}
    - state: {a: "{% for h in ['db1'] %}{{ hostvars[h].seen.msg }}{% endfor %}"}
    - state: {a: "{{ groups.all | map('extract', hostvars, 'ip') | first }}"}
`;
    const resolver = resolverOf(playbook);
    expect(tasksOf(resolver, 'web1', 1).map(({ status }) => status)).toEqual([
      'deferred',
      'deferred',
      'deferred',
      'bound',
    ]);
    expect(resolver.check()).toEqual([]);
    resolver.register(0, 0, 'db1', { msg: 'hello' });
    expect(tasksOf(resolver, 'web1', 1).map(({ args }) => args)).toEqual([
      { a: 'hello' },
      { a: ['hello'] },
      { a: 'hello' },
      { a: '10.0.0.1' },
    ]);
    expect(resolver.check()).toEqual([]);
  });

  test('is judged by the conditions of the task', () => {
    const resolver = resolverOf(
      playbookOf(
        '- act: {}\n  register: seen\n  changed_when: false\n  failed_when: [seen.rc > 1, "\'x\' in seen.stdout"]\n  ignore_errors: "{{ mtu == 1500 }}"\n- act: {}',
      ),
    );
    const [first, second] = tasksOf(resolver) as BoundTask[];
    const result = (rc: number, stdout: string) => resultOf(judged, [{ rc, stdout, stderr: '' }]);
    expect(resolver.judge(first!, result(2, 'x'))).toEqual({ changed: false, failed: true, ignoreErrors: true });
    expect(resolver.judge(first!, result(1, 'x'))).toEqual({ changed: false, failed: false, ignoreErrors: true });
    expect(resolver.judge(second!, result(1, 'x'))).toEqual({
      changed: undefined,
      failed: undefined,
      ignoreErrors: false,
    });
  });

  test('is asked for by the conditions of a later task that needs it for nothing else', () => {
    const resolver = resolverOf(playbookOf('- act: {}\n  register: seen\n- act: {}\n  changed_when: seen.rc == 1'));
    expect(tasksOf(resolver).map(({ status }) => status)).toEqual(['bound', 'bound']);
    resolver.register(0, 0, 'web1', resultOf(judged, [{ rc: 1, stdout: '', stderr: '' }]));
    const [, second] = tasksOf(resolver) as BoundTask[];
    expect(resolver.judge(second!, resultOf(judged, []))).toMatchObject({ changed: true });
  });

  test('by a loop is a list of results', () => {
    const one = resultOf({ changed: true, detail: 'done' });
    const two = resultOf({ changed: false, failed: 'exit code 1', detail: '' }, [
      { rc: 1, stdout: 'a\nb', stderr: '' },
    ]);
    const result = loopResult('item', [
      { item: 1, result: one },
      { item: 2, result: two },
    ]);
    expect(result).toMatchObject({ changed: true, failed: true });
    expect(result.results).toMatchObject([
      { item: 1, msg: 'done' },
      { item: 2, rc: 1, stdout_lines: ['a', 'b'], failed: true },
    ]);
  });
});

describe('problems', () => {
  test('stand under the template that is wrong', () => {
    const [problem] = problemsOf('- state:\n    name: "br-{{ rloe }}"');
    expect(formatProblem(problem!)).toBe(
      [
        'lab.yml:4:22 [UNDEFINED_VARIABLE] "rloe" is not defined; did you mean "role"?',
        '  4 |         name: "br-{{ rloe }}"',
        '    |                      ^^^^',
      ].join('\n'),
    );
  });

  test('in a variable stand where it is written, and say who uses it', () => {
    const [problem, ...more] = problemsOf(
      '- state: {a: "{{ x }}"}\n- state: {b: "{{ x }}"}',
      '  vars: {x: "{{ rloe }}"}\n',
    );
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ place: { line: 2, column: 17 }, other: { note: 'used at', place: { line: 4 } } });
  });

  test('are told all at once, each once for all hosts and items', () => {
    const playbook = `
- hosts: all
  tasks:
    - state: {a: "{{ one }}", b: ["{{ two }}", "{{ inventory_hostname | nofilter }}"]}
      loop: [1, 2, 3]
    - state: {c: "{{ three }}"}
    - state: {}
      when: four
    - state: {}
      loop: "{{ five }}"
- hosts: wbe:!dbb
  tasks: []
`;
    const found = resolverOf(playbook).check();
    expect(found.map(({ code, message }) => `${code} ${message}`).toSorted()).toEqual([
      'TEMPLATE_ERROR there is no filter "nofilter"',
      'UNDEFINED_VARIABLE "five" is not defined',
      'UNDEFINED_VARIABLE "four" is not defined',
      'UNDEFINED_VARIABLE "one" is not defined',
      'UNDEFINED_VARIABLE "three" is not defined',
      'UNDEFINED_VARIABLE "two" is not defined',
      'UNKNOWN_HOST there is no host or group "dbb"',
      'UNKNOWN_HOST there is no host or group "wbe"',
    ]);
  });

  test('names that the run sets itself cannot be set', () => {
    const tasks =
      '- act: {}\n  register: omit\n- state: {}\n  vars: {groups: 1}\n  loop: [1]\n  loop_control: {loop_var: lab}';
    const found = problemsOf(tasks, '  vars: {hostvars: 1}\n');
    expect(found.map(({ code, place }) => `${code} ${place?.line}`)).toEqual([
      'RESERVED_NAME 2',
      'RESERVED_NAME 5',
      'RESERVED_NAME 7',
      'RESERVED_NAME 9',
    ]);
  });

  test.each(['x', 'a=1 b', "a='1", '@missing.yml', '{a: [}', '{a}b'])('--extra-vars %j is refused', (value) => {
    expect(parseExtraVars([value], files).problems).toHaveLength(1);
  });
});

describe('plays', () => {
  test('find their hosts, also by a template, and within the limit', () => {
    const playbook =
      '- {hosts: "web:db", name: "At {{ where }}", tasks: []}\n- {hosts: "{{ where }}", lab: other, tasks: []}\n- {hosts: localhost, tasks: []}\n';
    const resolver = resolverOf(playbook, { extra: ['where=db'] });
    expect(resolver.problems).toEqual([]);
    expect(resolver.plays.map(({ hosts, lab, name }) => [hosts, lab, name])).toEqual([
      [['web1', 'web2', 'db1'], 'lab', 'At db'],
      [['db1'], 'other', '{{ where }}'],
      [['localhost'], 'lab', 'localhost'],
    ]);
    expect(resolverOf(playbook, { extra: ['where=db'], limit: 'web2' }).plays.map(({ hosts }) => hosts)).toEqual([
      ['web2'],
      [],
      [],
    ]);
  });

  test('are not named by a file whose name cannot be a lab', () => {
    const { source } = parseSource('- {hosts: all, tasks: []}\n- {hosts: all, lab: fine, tasks: []}\n', 'My_Lab.yml');
    const { plays } = parsePlaybook(source!, kinds);
    const { inventory } = parseInventory([]);
    const resolver = createResolver({ playbook: 'My_Lab.yml', plays, inventory, templates });
    expect(resolver.problems).toMatchObject([{ code: 'BAD_NAME', place: { line: 1 } }]);
  });

  test('a limit narrows the hosts of a play, not what templates know of the inventory', () => {
    const resolver = resolverOf(
      '- {hosts: web, tasks: [{state: {a: "{{ groups.web }}", b: "{{ hostvars.web1.ip }}"}}]}',
      { limit: 'web2' },
    );
    expect(tasksOf(resolver, 'web2').map(({ args }) => args)).toEqual([{ a: ['web1', 'web2'], b: '10.0.0.1' }]);
  });

  test('reach their hosts by rendered variables, the play, and the command line', () => {
    const inventory =
      'all:\n  hosts:\n    a: {ansible_host: "10.0.0.{{ 1 + 1 }}", ansible_user: "{{ me }}"}\n    b: {ansible_host: "{{ nope }}"}\n';
    const resolver = resolverOf(
      '- {hosts: all, become: "{{ true }}", become_user: net, remote_user: x, vars: {me: root}, tasks: []}',
      { inventory, connection: { user: 'cli', keyFile: 'k' } },
    );
    expect(resolver.connection(0, 'a')).toMatchObject({
      connection: { address: '10.0.0.2', user: 'root', keyFile: 'k', become: { enabled: true, user: 'net' } },
      problems: [],
    });
    expect(resolver.connection(0, 'b').problems).toMatchObject([
      { code: 'UNDEFINED_VARIABLE', place: { file: 'inv.yml', line: 4 } },
    ]);
    expect(resolver.connection(0, 'localhost').connection.type).toBe('local');
  });
});

test('two hundred hosts with fifty tasks are resolved in reasonable time', () => {
  const inventory =
    'all:\n  vars: {base: 10.0, addr: "{{ base }}.{{ n }}"}\n  hosts:\n' +
    Array.from({ length: 200 }, (_, n) => `    h${n}: {n: ${n}}`).join('\n');
  const tasks = Array.from(
    { length: 50 },
    (_, n) =>
      `    - state: {a: "{{ addr }}/{{ ${n} + n }}", b: "{{ groups.all | length }}", c: "{{ hostvars[groups.all[n]].addr }}"}`,
  );
  const resolver = resolverOf(`- hosts: all\n  tasks:\n${tasks.join('\n')}\n`, { inventory });
  const begun = performance.now();
  expect(resolver.check()).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(18_000);
});

describe('what a task sets', () => {
  const set = defineTask({
    kind: 'set',
    description: 'A test kind.',
    schema: anything,
    sets: (args) => args,
    answer: () => ({ changed: false, detail: '' }),
  });
  const resolve = (text: string): Resolver => {
    const all = new Map([...kinds, ['set', set] as const]);
    const { plays, problems } = parsePlaybook(parseSource(text, 'lab.yml').source!, all);
    expect(problems).toEqual([]);
    const { inventory } = parseInventory([{ file: 'inv.yml', text: INVENTORY }]);
    return createResolver({ playbook: 'labs/lab.yml', plays, inventory, templates });
  };
  const last = (resolver: Resolver, play = 0): ResolvedTask => tasksOf(resolver, 'web1', play).at(-1)!;

  test('is known to later tasks and plays before it runs, and hides the variables of play and task', () => {
    const resolver = resolve(
      `${playbookOf('- set: {a: "{{ mtu + 1 }}"}\n- {act: {x: "{{ a }}"}, vars: {a: no}}', '  vars: {a: 0}\n')}${playbookOf('- act: {y: "{{ a }}"}')}`,
    );
    expect(resolver.check()).toEqual([]);
    expect(last(resolver).args).toEqual({ x: 1501 });
    expect(last(resolver, 1).args).toEqual({ y: 1501 });
  });

  test('adds up over the items of a loop', () => {
    const resolver = resolve(
      playbookOf('- {set: {l: "{{ (l | default([])) + [item] }}"}, loop: [1, 2, 3]}\n- act: {l: "{{ l }}"}'),
    );
    expect(last(resolver).args).toEqual({ l: [1, 2, 3] });
  });

  test('leaves alone what was there where it is skipped, and makes wait where it waits', () => {
    const resolver = resolve(
      playbookOf(
        '- set: {a: 1}\n- {set: {a: 2}, when: false}\n- {act: {}, register: r}\n- {set: {b: "{{ r.x }}"}}\n- act: {a: "{{ a }}", b: "{{ b }}"}',
      ),
    );
    expect(last(resolver)).toMatchObject({ status: 'deferred', after: 'set' });
    resolver.register(0, 2, 'web1', { x: 7 });
    resolver.register(0, 3, 'web1', {}, { b: 7 });
    expect(last(resolver).args).toEqual({ a: 1, b: 7 });
  });

  test('cannot be a name that means something already', () => {
    const resolver = resolve(playbookOf('- set: {groups: []}'));
    expect(resolver.check().map(formatProblem)[0]).toContain('lab.yml:3:13 [RESERVED_NAME] "groups" is set by the run');
  });
});

test('a bare expression among the options is evaluated and not rendered', () => {
  const ask = defineTask({
    kind: 'ask',
    description: 'A test kind.',
    schema: anything,
    expressions: { that: 'condition', what: 'value' },
    answer: () => ({ changed: false, detail: '' }),
  });
  const values = (text: string): unknown => {
    const { plays } = parsePlaybook(parseSource(playbookOf(text), 'lab.yml').source!, new Map([['ask', ask]]));
    const { inventory } = parseInventory([{ file: 'inv.yml', text: INVENTORY }]);
    const resolver = createResolver({ playbook: 'labs/lab.yml', plays, inventory, templates });
    return (
      resolver.check().map(formatProblem)[0] ??
      tasksOf(resolver).map((task) => [task.args, 'values' in task && task.values])
    );
  };
  expect(values('- ask: {that: [mtu == 1500, "role == \'x\'", true], what: groups.db, n: "{{ mtu }}"}')).toEqual([
    [
      { that: ['mtu == 1500', "role == 'x'", true], what: 'groups.db', n: 1500 },
      { that: [true, false, true], what: [['db1']] },
    ],
  ]);
  expect(values('- ask: {what: nope.x}')).toEqual([[{ what: 'nope.x' }, { what: [undefined] }]]);
  expect(values('- ask: {that: nope == 1}')).toContain('lab.yml:3:19 [UNDEFINED_VARIABLE]');
  expect(values('- ask: {that: "{{ mtu }} == 1"}')).toContain('[TEMPLATE_ERROR] a condition is one bare expression');
});

test('a task to start at that is nowhere is told with the name that is near, and nothing is left out in silence', () => {
  const startingAt = (startAt: string) =>
    resolverOf(playbookOf('- {name: First, state: {}}\n- {name: Second, state: {}}'), {
      chosen: { tags: [], skipTags: [], startAt },
    });
  expect(startingAt('Second').check()).toEqual([]);
  expect(startingAt('Se*').check()).toEqual([]);
  expect(startingAt('Secnd').check().map(formatProblem)).toEqual([
    '[BAD_OPTION] --start-at-task: no task is called "Secnd"; did you mean "Second"?',
  ]);
  expect(startingAt('Other*').check().map(formatProblem)).toEqual([
    '[BAD_OPTION] --start-at-task: no task is called "Other*"; --list-tasks shows their names',
  ]);
});
