import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadProject } from '../../src/cli/load.ts';
import { readPlan } from '../../src/cli/saved-plan.ts';
import { writeAsked } from '../../src/cli/written-file.ts';
import { NetwrightError } from '../../src/error.ts';
import { kinds } from '../../tasks/index.ts';
import { Random } from './random.ts';
import { changed } from './spoilt.ts';

let folder: string;
const path = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'netwright-files-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function codes(work: () => { readonly problems: readonly { readonly code: string }[] }): string[] {
  try {
    return work().problems.map(({ code }) => code);
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    return error.problems.map(({ code }) => code);
  }
}

const validate = (tasks: readonly unknown[]): string[] => {
  writeFileSync(path('lab.yml'), JSON.stringify([{ hosts: 'localhost', tasks }]));
  return codes(() => loadProject(path('lab.yml'), { kinds, inventories: [], extraVars: [] }));
};

test.each([
  ['nowhere', '/nowhere', 'NO_FILE'],
  ['to itself', 'link', 'NO_FILE'],
  ['out of the project', '/etc/hostname', 'OUTSIDE_PROJECT'],
  ['out of the project, to a folder', '/etc', 'OUTSIDE_PROJECT'],
])('a link in a folder that is copied is refused if it leads %s', (name, to, code) => {
  const own = name.replaceAll(/\W+/g, '-');
  mkdirSync(path(`files/${own}`), { recursive: true });
  writeFileSync(path(`files/${own}/a`), 'a\n');
  expect(validate([{ copy: { src: own, dest: '/srv/' } }])).toEqual([]);
  symlinkSync(to, path(`files/${own}/link`));
  expect(validate([{ copy: { src: own, dest: '/srv/' } }])).toEqual([code]);
});

const PLAN = {
  version: 3,
  playbook: 'lab.yml',
  files: { 'lab.yml': 'x' },
  sources: 'x',
  prune: true,
  options: {
    inventories: ['hosts'],
    extraVars: ['a=b'],
    vault: { passwordFiles: [], ids: [], ask: false },
    sshArgs: [{ from: '--ssh-extra-args', text: '-4' }],
    tags: ['x'],
    mode: { check: true, diff: false, verbosity: 0 },
  },
  tasks: { 'h1 lab': [{ key: '0/0', title: 'bridge', changes: 'nw0', commands: [{ do: 'ip' }] }] },
};

test('a saved plan is one of ours to the last part, or none', () => {
  const read = (plan: unknown): string[] =>
    codes(() => {
      writeFileSync(path('plan.json'), JSON.stringify(plan));
      const { options, playbook } = readPlan(path('plan.json'));
      // What comes of them is decided elsewhere; here, that they are what that wants.
      expect(typeof playbook).toBe('string');
      for (const text of [...options.inventories, ...options.extraVars]) expect(typeof text).toBe('string');
      return { problems: [] };
    });
  expect(read(PLAN)).toEqual([]);
  expect(read({ ...PLAN, options: { ...PLAN.options, kinds: [] } })).toEqual(['NO_PLAN']);
  const seen = { read: 0, refused: 0 };
  for (let seed = 0; seed < 2000; seed++) {
    const found = read(changed(PLAN, new Random(seed)));
    expect(['', 'NO_PLAN']).toContain(found.join());
    seen[found.length === 0 ? 'read' : 'refused']++;
  }
  expect(seen.read).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(1000);
});

test.each(['/dev/full', '/nowhere/plan.json', '/'])('a file that cannot be written is told: %s', (file) => {
  expect(() => {
    writeAsked(file, 'text', 4);
  }).toThrow(/^\[CANNOT_WRITE\] .* cannot be written/);
});
