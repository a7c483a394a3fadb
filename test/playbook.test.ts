import { describe, expect, test } from 'vitest';
import { parsePlaybook, type Vars } from '../src/playbook.ts';
import { parseSource, placeOf } from '../src/source.ts';
import { defineTask } from '../src/task.ts';

const bridge = defineTask({
  kind: 'bridge',
  description: 'A bridge.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: { name: { type: 'string', format: 'interface' }, mtu: { type: 'integer', default: 1500 } },
  },
  identity: ({ name }) => name,
  objects: () => [],
});

const command = defineTask({
  kind: 'command',
  description: 'A command.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: { cmd: { type: 'string' }, chdir: { type: 'string' } },
  },
  commands: () => [],
});

const kinds = new Map([bridge, command].map((kind) => [kind.kind, kind]));

function parse(text: string) {
  const { source, problems } = parseSource(text, 'lab.yml');
  expect(problems).toEqual([]);
  return parsePlaybook(source!, kinds);
}

/** The only task of a play whose tasks are this text. */
function task(text: string) {
  const indented = text.trim().replaceAll('\n', '\n      ');
  const { plays, problems } = parse(`- hosts: localhost\n  tasks:\n    - ${indented}\n`);
  expect(problems).toEqual([]);
  return plays[0]!.tasks[0]!;
}

const values = (all: readonly { readonly value: unknown }[]): unknown[] => all.map(({ value }) => value);

const plain = (vars: Vars): unknown => Object.fromEntries([...vars].map(([name, { value }]) => [name, value]));

const codes = (text: string): string[] => parse(text).problems.map(({ code }) => code);

test('a play has its keywords in our own words, and what it leaves out is absent', () => {
  const { plays, problems } = parse(`
- name: A lab
  hosts: [web, "{{ group }}"]
  lab: quick
  vars: { a: 1, b: "{{ a }}" }
  gather_facts: no
  become: "{{ root }}"
  become_user: root
  connection: ssh
  remote_user: vagrant
  tasks: []
- hosts: all
`);
  expect(problems).toEqual([]);
  expect(plays).toMatchObject([
    {
      name: 'A lab',
      hosts: 'web,{{ group }}',
      lab: 'quick',
      gatherFacts: { value: false },
      become: '{{ root }}',
      becomeUser: 'root',
      connection: 'ssh',
      remoteUser: 'vagrant',
      tasks: [],
    },
    { hosts: 'all', tasks: [] },
  ]);
  expect(plays.map(({ vars }) => plain(vars))).toEqual([{ a: 1, b: '{{ a }}' }, {}]);
  expect(plays[1]!.lab).toBeUndefined();
});

test('a task has its keywords in our own words', () => {
  const found = task(`
name: Bridge {{ item }}
bridge: { name: "{{ item }}", mtu: "{{ mtu }}" }
when: [ready, true]
loop: [a, b]
loop_control: { loop_var: one, index_var: i, label: "{{ one }}" }
register: result
changed_when: false
failed_when: [result is failed, "'x' in result.stdout"]
ignore_errors: yes
vars: { mtu: 9000 }
adopt: true
no_log: on
`);
  expect(found).toMatchObject({
    name: 'Bridge {{ item }}',
    kind: bridge,
    args: { name: '{{ item }}', mtu: '{{ mtu }}' },
    loop: ['a', 'b'],
    loopControl: { loopVar: 'one', indexVar: 'i', label: '{{ one }}', word: 'loop' },
    register: 'result',
    changedWhen: [false],
    failedWhen: ['result is failed', "'x' in result.stdout"],
    ignoreErrors: { value: true },
    adopt: true,
    noLog: { value: true },
  });
  expect(values(found.when)).toEqual(['ready', true]);
  expect(plain(found.vars)).toEqual({ mtu: 9000 });
});

test('what a task leaves out has its default, but the options of its kind do not yet', () => {
  const found = task('bridge: { name: nw0 }');
  expect(found).toMatchObject({ args: { name: 'nw0' }, when: [], adopt: false });
  expect(found.noLog).toBeUndefined();
  expect(found.loopControl).toEqual({
    loopVar: 'item',
    indexVar: undefined,
    label: undefined,
    pauseSeconds: 0,
    word: 'loop',
  });
  expect([found.loop, found.changedWhen, found.register, found.name]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('places lead to the task and to its options', () => {
  const found = task('name: Bridge\nbridge:\n  name: nw0\n  mtu: 9000');
  expect(placeOf(found.at)).toMatchObject({ line: 3, column: 7 });
  expect(placeOf(found.argsAt, [], 'key')).toMatchObject({ line: 4, column: 7 });
  expect(placeOf(found.argsAt, ['mtu'])).toMatchObject({ line: 6, column: 14 });
});

test('a bare text is the option that the kind names for it', () => {
  const found = task('command: ip -br addr');
  expect(found.args).toEqual({ cmd: 'ip -br addr' });
  expect(placeOf(found.argsAt, ['cmd'])).toMatchObject({ line: 3, column: 16 });
  expect(task('command: { cmd: ls, chdir: /tmp }').args).toEqual({ cmd: 'ls', chdir: '/tmp' });
});

test('with_items is a loop whose lists are taken apart', () => {
  const found = task('command: echo\nwith_items: [[1, 2], 3]');
  expect(found).toMatchObject({ loop: [[1, 2], 3], loopControl: { loopVar: 'item', word: 'with_items' } });
});

test('a loop may be a template', () => {
  expect(task('command: echo\nloop: "{{ names }}"').loop).toBe('{{ names }}');
});

test('a single condition is a list of one', () => {
  expect(values(task('command: echo\nwhen: a == b').when)).toEqual(['a == b']);
  expect(values(task('command: echo\nwhen: false').when)).toEqual([false]);
});

describe('what is not Ansible is refused, and what is not supported yet is said so', () => {
  test.each([
    ['null', ['WRONG_TYPE']],
    ['a: 1', ['WRONG_TYPE']],
    ['[]', ['WRONG_TYPE']],
    ['- text', ['WRONG_TYPE']],
    ['- tasks: []', ['MISSING_KEY']],
    ['- host: all', ['UNKNOWN_KEY']],
    ['- { hosts: all, vars_prompt: [{}] }', ['MISSING_KEY']],
    ['- import_playbook: a.yml', ['NO_FILE']],
    ['- { hosts: all, toString: 1 }', ['UNKNOWN_KEY']],
    ['- { hosts: all, tasks: {} }', ['WRONG_TYPE']],
    ['- { hosts: all, tasks: [a] }', ['WRONG_TYPE']],
    ['- { hosts: all, tasks: [{}] }', ['NO_KIND']],
    ['- { hosts: all, tasks: [{ name: a }] }', ['NO_KIND']],
    ['- { hosts: all, tasks: [{ brigde: {} }] }', ['NO_KIND']],
    ['- { hosts: all, tasks: [{ toString: {} }] }', ['NO_KIND']],
    ['- { hosts: all, tasks: [{ rescue: [] }] }', ['MISSING_KEY']],
    ['- { hosts: all, tasks: [{ command: a, debugger: b }] }', ['NOT_YET']],
    ['- { hosts: all, tasks: [{ command: a, with_lines: [] }] }', ['NOT_YET']],
    ['- { hosts: all, tasks: [{ command: a, bridge: { name: b } }] }', ['TWO_KINDS']],
    ['- { hosts: all, tasks: [{ command: a, wehn: b }] }', ['UNKNOWN_KEY']],
    ['- { hosts: all, tasks: [{ command: a, loop: [1], with_items: [1] }] }', ['CONFLICT']],
    ['- { hosts: all, tasks: [{ command: a, loop_control: {} }] }', ['CONFLICT']],
    ['- { hosts: all, tasks: [{ command: a, register: "{{ b }}" }] }', ['BAD_FORMAT']],
    ['- { hosts: all, tasks: [{ command: a, adopt: "{{ b }}" }] }', ['WRONG_TYPE']],
    ['- { hosts: all, tasks: [{ command: a, vars: { a-b: 1 } }] }', ['BAD_FORMAT']],
    ['- { hosts: all, tasks: [{ command: [a] }] }', ['WRONG_TYPE']],
    ['- { hosts: all, tasks: [{ command: }] }', ['WRONG_TYPE']],
    ['- { hosts: all, tasks: [{ bridge: { nmae: a, mtu: 1x } }] }', ['UNKNOWN_KEY', 'WRONG_TYPE']],
  ])('%s', (text, expected) => {
    expect(codes(text).toSorted()).toEqual(expected);
  });

  test('the second kind says where the first is', () => {
    const [problem] = parse('- hosts: all\n  tasks:\n    - bridge: { name: a }\n      command: b\n').problems;
    expect(problem).toMatchObject({ code: 'TWO_KINDS', place: { line: 4 }, other: { place: { line: 3 } } });
  });
});

test('every play and task is read although others are wrong', () => {
  const { plays, problems } = parse(
    '- nonsense\n- hosts: all\n  tasks:\n    - command: a\n    - oops: 1\n    - command: b\n',
  );
  expect(problems.map(({ code }) => code)).toEqual(['WRONG_TYPE', 'NO_KIND']);
  expect(plays.map(({ tasks }) => tasks.map(({ args }) => args))).toEqual([[{ cmd: 'a' }, { cmd: 'b' }]]);
});

test.each([
  ['60', 60],
  ['60s', 60],
  ['"90"', 90],
  ['2m', 120],
])('confirm: %s is so many seconds', (written, seconds) => {
  const { plays, problems } = parse(`- { hosts: all, confirm: ${written} }\n`);
  expect(problems).toEqual([]);
  expect(plays[0]!.confirm).toBe(seconds);
});

test.each(['4', '4s', 'soon', '1h', '-5', '0s', 'true', '"{{ a }}"'])('confirm: %s is none', (written) => {
  expect(codes(`- { hosts: all, confirm: ${written} }\n`)).toHaveLength(1);
});
