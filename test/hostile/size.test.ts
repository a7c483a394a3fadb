import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiskFiles } from '../../src/cli/files.ts';
import { loadProject, loadText, type Loaded } from '../../src/cli/load.ts';
import { NetwrightError } from '../../src/error.ts';
import { kinds } from '../../tasks/index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netwright-size-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string, mode = 0o644): string => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
};

/** What is wrong with a playbook, and that it is told in time. */
const codes = (path: string, inventories: readonly string[] = []): string[] =>
  codesOf(() => loadProject(path, { kinds, inventories, extraVars: [] }));

function codesOf(load: () => Loaded): string[] {
  const begun = performance.now();
  try {
    return load().problems.map(({ code }) => code);
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    return error.problems.map(({ code }) => code);
  } finally {
    expect(performance.now() - begun).toBeLessThan(60_000);
  }
}

const large = `x: ${'x'.repeat(3_900_000)}\n`;
const play = (more: string): string => `- hosts: all\n${more}  tasks: [{debug: {msg: hello}}]\n`;

test('a file of a gigabyte is not even read', () => {
  const path = write('huge.yml', '');
  truncateSync(path, 1024 ** 3);
  expect(codes(path)).toEqual(['TOO_LARGE']);
  expect(codes(write('small.yml', play('')), [path])).toEqual(['TOO_LARGE']);
});

test('files of variables are limited together, wherever they are named', () => {
  const names = [1, 2, 3, 4, 5].map((number) => `large${number}.yml`);
  for (const name of names) write(name, large);
  expect(codes(write('three.yml', play(`  vars_files: [${names.slice(0, 3).join(', ')}]\n`)))).toEqual([]);
  expect(codes(write('five.yml', play(`  vars_files: [${names.join(', ')}]\n`)))).toEqual(['TOO_LARGE']);
});

test('files beside an inventory are limited together', () => {
  const inventory = write('hosts.yml', 'all: {hosts: {h1: , h2: , h3: , h4: , h5: }}\n');
  mkdirSync(join(folder, 'host_vars'));
  for (const host of ['h1', 'h2', 'h3', 'h4', 'h5']) write(`host_vars/${host}.yml`, large);
  expect(codes(write('lab.yml', play('')), [inventory])).toEqual(['TOO_LARGE']);
  rmSync(join(folder, 'host_vars'), { recursive: true });
});

test('what aliases make of little text is limited over all files of a run', () => {
  const bomb = `a: &a [${'0,'.repeat(99)}0]\nb: [${Array.from({ length: 9 }, () => '*a').join(', ')}]\n`;
  const names = Array.from({ length: 5 }, (_, number) => `bomb${number}.yml`);
  for (const name of names) write(name, bomb);
  const inventory = write('bombs.yml', `all: {hosts: {${names.map((_, at) => `b${at}: `).join(', ')}}}\n`);
  const told = (text: string, inventories: readonly string[] = []): string[][] =>
    [3000, 6000].map((left) => {
      const files = new DiskFiles();
      expect(files.budget.left).toBe(1_000_000);
      files.budget.left = left;
      return codesOf(() =>
        loadText(text, join(folder, 'bombed.yml'), '', { kinds, inventories, extraVars: [] }, files),
      );
    });
  const limited = [expect.arrayContaining(['TOO_MANY_NODES']), []];
  expect(told(play(`  vars_files: [${names.join(', ')}]\n`))).toEqual(limited);
  const including = names.map((name) => `    - include_vars: ${name}\n`).join('');
  expect(told(`- hosts: localhost\n  tasks:\n${including}`)).toEqual(limited);
  mkdirSync(join(folder, 'host_vars'));
  for (const [at] of names.entries()) write(`host_vars/b${at}.yml`, bomb);
  expect(told(play(''), [inventory])).toEqual(limited);
  rmSync(join(folder, 'host_vars'), { recursive: true });
});

test('a file that is taken in again and again is read once', () => {
  write('long.yml', `# ${'x'.repeat(3_900_000)}\n- debug: {msg: hello}\n`);
  write('wide.yml', `x: [${'0,'.repeat(150_000)}0]\n`);
  const of = (files: DiskFiles, task: string, times: number): string[] =>
    codesOf(() =>
      loadText(
        `- hosts: localhost\n  tasks:\n${`    - ${task}\n`.repeat(times)}`,
        join(folder, 'again.yml'),
        '',
        { kinds, inventories: [], extraVars: [] },
        files,
      ),
    );
  const files = new DiskFiles();
  expect(of(files, 'import_tasks: long.yml', 1000)).toEqual([]);
  expect(1_000_000 - files.budget.left).toBeLessThan(100_000);
  expect(of(new DiskFiles(), 'include_vars: wide.yml', 20)).toEqual([]);
  expect(of(new DiskFiles(), 'include_vars: wide.yml', 40)).toEqual(['TOO_MANY_NODES']);
});

test('very many files are too many, however little each of them says', () => {
  for (let number = 0; number < 100; number++) write(`little${number}.yml`, `v${number}: 1\n`);
  const files = new DiskFiles();
  files.budget.left = 1500;
  const names = Array.from({ length: 100 }, (_, number) => `little${number}.yml`);
  const text = play(`  vars_files: [${names.join(', ')}]\n`);
  const options = { kinds, inventories: [], extraVars: [] };
  expect(new Set(codesOf(() => loadText(text, join(folder, 'lab.yml'), '', options, files)))).toEqual(
    new Set(['TOO_MANY_NODES']),
  );
});

test('files that go to hosts are limited together, and each is held once', () => {
  mkdirSync(join(folder, 'files'));
  const tasks = Array.from({ length: 9 }, (_, number) => {
    truncateSync(write(`files/part${number}`, ''), 31 * 1024 ** 2);
    return `    - copy: { src: part${number}, dest: /srv/part${number} }\n`;
  });
  const copying = (some: readonly string[]): string => `- hosts: localhost\n  tasks:\n${some.join('')}`;
  expect(codes(write('eight.yml', copying(tasks.slice(1))))).toEqual([]);
  expect(codes(write('same.yml', copying(tasks.slice(0, 1)).repeat(20)))).toEqual([]);
  expect(codes(write('nine.yml', copying(tasks)))).toEqual(['TOO_LARGE']);
  rmSync(join(folder, 'files'), { recursive: true });
});

test('hosts are limited together, by however many ranges they are named', () => {
  const lab = write('lab.yml', play(''));
  expect(codes(lab, [write('most', 'a[1:5000]\n')])).toEqual([]);
  const ranges = Array.from({ length: 20 }, (_, number) => `[g${number}]\nh${number}-[1:60000]\n`);
  expect(new Set(codes(lab, [write('ranges', ranges.join(''))]))).toEqual(new Set(['TOO_MANY_HOSTS', 'BAD_RANGE']));
});

test('tasks are limited for all hosts and items together', () => {
  const inventory = write('ten', 'h[1:10]\n');
  const text = '- hosts: all\n  tasks: [{debug: {msg: "{{ item }}"}, loop: "{{ range(10) | list }}"}]\n';
  const told = [99, 100].map((tasks) => {
    const files = new DiskFiles();
    expect(files.budget.tasks).toBe(1_000_000);
    files.budget.tasks = tasks;
    const options = { kinds, inventories: [inventory], extraVars: [] };
    return codesOf(() => loadText(text, join(folder, 'items.yml'), '', options, files));
  });
  expect(told).toEqual([['TOO_MANY_TASKS'], []]);
});

test('programs that are inventories are limited together', () => {
  const text = `#!/bin/sh\nprintf '{"g": {"hosts": ["h%s"]}, "_meta": {"hostvars": {}}, "x": {"vars": {"v": "' $$\nhead -c 3900000 /dev/zero | tr '\\0' x\necho '"}}}'\n`;
  const programs = [1, 2, 3, 4, 5].map((number) => write(`program${number}`, text, 0o755));
  expect(codes(write('lab.yml', play('')), programs.slice(0, 2))).toEqual([]);
  expect(codes(write('lab.yml', play('')), programs)).toEqual(['TOO_LARGE']);
});

test('files that take in one another in loops do not multiply without end', () => {
  for (let depth = 0; depth < 8; depth++) {
    write(`tasks${depth}.yml`, `- include_tasks: tasks${depth + 1}.yml\n  loop: "{{ range(30) | list }}"\n`);
  }
  write('tasks8.yml', '- debug: {msg: hello}\n');
  expect(codes(write('loops.yml', '- hosts: localhost\n  tasks: [{include_tasks: tasks0.yml}]\n'))).toEqual([
    'TOO_MANY_TASKS',
  ]);
}, 120_000);
