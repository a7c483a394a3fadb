import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main } from '../../src/cli.ts';

// A saved plan names programs; none of them runs before it is known to be the one that the plan was made with.
let folder: string;
let said: string;
const at = (name: string): string => join(folder, name);
const program = (name: string, text: string): void => {
  writeFileSync(at(name), `#!/bin/sh\necho x >>"$0".ran\n${text}\n`, { mode: 0o755 });
};
/** Which programs ran since the last call. */
const ran = (): string[] =>
  ['hosts/program', 'hosts/later', 'password', 'kinds/own.mjs', 'kinds/later.mjs'].filter((name) => {
    const isThere = existsSync(at(`${name}.ran`));
    rmSync(at(`${name}.ran`), { force: true });
    return isThere;
  });
const kind = (text: string): string =>
  `import { appendFileSync } from 'node:fs';
appendFileSync(new URL(import.meta.url + '.ran'), 'x');
export default { kind: 'own', schema: { type: 'object', description: '${text}', properties: {} }, answer: () => ({ changed: false, detail: '' }) };
`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netwright-plan-'));
  for (const name of ['hosts', 'kinds']) mkdirSync(at(name));
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  }
  program('hosts/program', `echo '{"all": {"hosts": ["localhost"], "vars": {"ansible_connection": "local"}}}'`);
  program('password', 'echo open sesame');
  writeFileSync(at('kinds/own.mjs'), kind('one'));
  const copy = `copy: { dest: ${at('made')}, content: "a\\n" }`;
  writeFileSync(at('lab.yml'), `- hosts: localhost\n  taskdirs: [kinds]\n  tasks:\n    - ${copy}\n    - own: {}\n`);
  expect(await netwright('plan', at('lab.yml'), '-i', at('hosts'), ...VAULT(), '--out', at('plan.json')), said).toBe(2);
  expect(ran()).toEqual(['hosts/program', 'password', 'kinds/own.mjs']);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const VAULT = (): string[] => ['--vault-id', `lab@${at('password')}`];
const netwright = (...argv: string[]): Promise<number> => {
  said = '';
  return main(argv);
};
/** Nothing that ran before is remembered for what stands here. */
function moveAll(): void {
  const plan = readFileSync(at('plan.json'), 'utf8');
  renameSync(folder, `${folder}-there`);
  writeFileSync(`${folder}-there/plan.json`, plan.replaceAll(folder, `${folder}-there`));
  folder += '-there';
}
const apply = (): Promise<number> => netwright('apply', at('plan.json'));

test('a saved plan whose sources are as they were is done', async () => {
  expect(await apply(), said).toBe(0);
  expect(readFileSync(at('made'), 'utf8')).toBe('a\n');
});

test.each([
  [
    'the playbook',
    () => {
      writeFileSync(at('lab.yml'), '- hosts: localhost\n');
    },
    'lab.yml was changed',
  ],
  [
    'an inventory program',
    () => {
      program('hosts/program', 'echo {}');
    },
    'hosts/program was changed',
  ],
  [
    'a program with the vault password',
    () => {
      program('password', 'echo x');
    },
    'password was changed',
  ],
  [
    'a kind of its own',
    () => {
      writeFileSync(at('kinds/own.mjs'), kind('two'));
    },
    'kinds/own.mjs was changed',
  ],
  [
    'a file that is gone',
    () => {
      rmSync(at('kinds/own.mjs'));
    },
    'kinds/own.mjs is not there any more',
  ],
])('where %s moved, nothing is run', async (_, move, told) => {
  moveAll();
  move();
  expect(await apply()).toBe(4);
  expect(said).toContain(`[STALE_PLAN] ${folder}/${told}`);
  expect(ran()).toEqual([]);
  expect(existsSync(at('made'))).toBe(false);
});

test.each([
  [
    'kinds/later.mjs',
    () => {
      writeFileSync(at('kinds/later.mjs'), kind('three'));
    },
    [],
  ],
  // What the plan knows runs; the folder is read in the order of its names.
  [
    'hosts/later',
    () => {
      program('hosts/later', 'echo {}');
    },
    ['password', 'kinds/own.mjs'],
  ],
])('%s came later, and is not run', async (name, add, before) => {
  moveAll();
  add();
  expect(await apply()).toBe(4);
  expect(said).toContain(`[STALE_PLAN] ${folder}/${name} is a program that the plan does not know`);
  expect(ran()).toEqual(before);
});

test('a password file that became a program is not run', async () => {
  moveAll();
  const plan = JSON.parse(readFileSync(at('plan.json'), 'utf8')) as { files: Record<string, string> };
  // As if it had held the password itself; of that no digest is kept.
  const files = Object.fromEntries(Object.entries(plan.files).filter(([path]) => path !== at('password')));
  expect(Object.keys(plan.files)).toHaveLength(Object.keys(files).length + 1);
  writeFileSync(at('plan.json'), JSON.stringify({ ...plan, files }));
  expect(await apply()).toBe(4);
  expect(said).toContain('password is a program that the plan does not know');
  expect(ran()).toEqual([]);
});
