import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadProject } from '../../src/cli/load.ts';
import { NetwrightError } from '../../src/error.ts';
import { kinds } from '../../tasks/index.ts';

// What every object of JavaScript has is a name like any other, wherever somebody may choose one, and never more.
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netwright-names-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** What tasks that answer say, by host; or the codes of what is wrong. */
function answers(playbook: unknown, inventories: readonly string[] = [], extraVars: readonly string[] = []) {
  write({ 'lab.yml': JSON.stringify(playbook) });
  try {
    const options = { kinds, inventories: inventories.map((one) => join(folder, one)), extraVars };
    const { plays, problems } = loadProject(join(folder, 'lab.yml'), options);
    if (problems.length > 0) return problems.map(({ code }) => code);
    return plays.flatMap((play) =>
      play.hosts.map((host) => [
        host,
        ...play.items(host).flatMap((item) => (item.sort === 'act' ? [(item.args as { msg?: unknown }).msg] : [])),
      ]),
    );
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    return error.problems.map(({ code }) => code);
  }
}

const say = (...msgs: string[]): unknown[] => msgs.map((msg) => ({ debug: { msg } }));
const local = (tasks: readonly unknown[]): unknown => [{ hosts: 'localhost', tasks }];

test('hosts, groups and their variables may be called so', () => {
  const hosts = NAMES.map((name, at) => `${name} x=${at} ansible_connection=local`);
  write({
    hosts: `[constructor]\n${hosts.join('\n')}\n[toString:children]\nconstructor\n[constructor:vars]\ny=7\n`,
    'group_vars/constructor.yml': 'z: 8\n',
    ...Object.fromEntries(NAMES.map((name, at) => [`host_vars/${name}.yml`, `w: ${at}\n`])),
  });
  const tasks = say(
    '{{ inventory_hostname }} {{ x }} {{ y }} {{ z }} {{ w }} {{ hostvars[inventory_hostname].w }}',
    '{{ group_names }} {{ groups.constructor | length }} {{ groups["valueOf"] is defined }}',
    '{{ hostvars["isPrototypeOf"] is defined }} {{ hostvars["valueOf"].x }}',
  );
  expect(answers([{ hosts: 'all', tasks }], ['hosts'])).toEqual(
    NAMES.map((name, at) => [name, `${name} ${at} 7 8 ${at} ${at}`, "['constructor', 'toString'] 6 False", 'False 5']),
  );
});

test('variables of the command line may, but no key of a mapping that is written', () => {
  const tasks = say(...NAMES.map((name) => `{{ ${name} }}`));
  expect(answers(local(tasks), [], [NAMES.map((name) => `${name}=of-${name}`).join(' ')])).toEqual([
    ['localhost', ...NAMES.map((name) => `of-${name}`)],
  ]);
  const undefinedOnes = answers(local(say(...NAMES.map((name) => `{{ ${name} }}`))));
  expect(undefinedOnes).toEqual(NAMES.map(() => 'UNDEFINED_VARIABLE'));
  for (const name of NAMES.slice(0, 3)) {
    const text = `{"${name}": {"polluted": true}}`;
    write({ 'vars.yml': text, [`inventory.yml`]: `{"all": {"hosts": {"h1": ${text}}}}` });
    expect(answers(local(say('x')), [], [text])).toEqual(['FORBIDDEN_KEY']);
    expect(answers(local(say('x')), [], [`@${join(folder, 'vars.yml')}`])).toEqual(['FORBIDDEN_KEY']);
    expect(answers([{ hosts: 'localhost', vars_files: ['vars.yml'], tasks: [] }])).toEqual(['FORBIDDEN_KEY']);
    expect(answers(local(say('x')), ['inventory.yml'])).toEqual(['FORBIDDEN_KEY']);
    write({ 'bad.yml': `- hosts: localhost\n  tasks: [{set_fact: ${text}}]\n` });
    expect(() => loadProject(join(folder, 'bad.yml'), { kinds, inventories: [], extraVars: [] })).not.toThrow();
    const { problems } = loadProject(join(folder, 'bad.yml'), { kinds, inventories: [], extraVars: [] });
    expect(problems.map(({ code }) => code)).toContain('FORBIDDEN_KEY');
  }
});

test('what a host says may hold them as keys, and they are data', () => {
  const said = (name: string): string => `('{"${name}": {"polluted": 1}}' | from_json)`;
  const tasks = NAMES.flatMap((name) =>
    say(
      `{{ ${said(name)}.polluted is defined }} {{ {}.polluted is defined }} {{ ${said(name)}['${name}'].polluted }}`,
      `{{ ${said(name)} | combine({'b': 2}, recursive=true) | to_json }}`,
      `{{ ${said(name)} | dict2items | items2dict | to_json }}`,
    ),
  );
  expect(answers(local(tasks))).toEqual([
    [
      'localhost',
      ...NAMES.flatMap((name) => [
        'False False 1',
        `{"${name}": {"polluted": 1}, "b": 2}`,
        `{"${name}": {"polluted": 1}}`,
      ]),
    ],
  ]);
});

test('tasks may register so, loop so and set so', () => {
  const tasks = NAMES.slice(1).flatMap((name) => [
    { debug: { msg: 'x' }, register: name },
    ...say(`{{ ${name}.msg is defined }}`),
    { debug: { msg: `{{ ${name} }}` }, loop: ['a'], loop_control: { loop_var: name } },
  ]);
  expect(new Set(answers(local(tasks)).flat())).not.toContain('BUG');
  const environment = { environment: '{{ \'{"__proto__": "x", "A": "b"}\' | from_json }}' };
  expect(answers(local([{ command: { argv: ['id'] }, ...environment }]))).toEqual([['localhost', undefined]]);
});
