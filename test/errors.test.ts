import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { check } from './check.ts';

// A case is a broken playbook, test/errors/<sentence>.yml, or a folder of that name with its lab.yml and what that needs;
// and beside it exactly what a person is told, <sentence>.txt. A new case gets its text by `vitest -u`; read it as the
// person would before you commit it.
const FOLDER = 'test/errors';
const cases = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) => {
  const path = `${FOLDER}/${entry.name}`;
  if (entry.isDirectory() && entry.name !== 'files')
    return [{ name: entry.name, path: `${path}/lab.yml`, file: `${path}/lab.yml` }];
  return entry.name.endsWith('.yml') ? [{ name: entry.name.slice(0, -'.yml'.length), path, file: 'lab.yml' }] : [];
});

test.each(cases)('$name', async ({ name, path, file }) => {
  const found = check(readFileSync(path, 'utf8'), file).replaceAll(process.cwd(), '.');
  expect(found).not.toBe('');
  await expect(found).toMatchFileSnapshot(`${import.meta.dirname}/errors/${name}.txt`);
});

/** Where mistakes are found that a playbook or an inventory shows by itself. */
const FINDERS = [
  'src/inventory',
  'src/playbook',
  'src/resolve',
  'src/source',
  'src/template',
  'src/topology',
  'src/validate',
  'tasks',
];
/** Of the command line, of a kind of one's own, and of texts that are too large for a file: other tests have them. */
const ELSEWHERE = ['BAD_OPTION', 'BAD_SCHEMA', 'TOO_DEEP', 'TOO_LARGE', 'TOO_MANY_NODES', 'TOO_MANY_TASKS'];

test('every sort of mistake has a case', () => {
  const read = (folder: string, ending: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  const codes = FINDERS.flatMap((folder) => read(folder, '.ts')).flatMap((text) =>
    [...text.matchAll(/(?:code: |refuse\(|mistake\([^)]*?)'([A-Z][A-Z0-9_]+)'/g)].map(([, code]) => code!),
  );
  const told = [FOLDER, 'test/inventory/errors'].flatMap((folder) => read(folder, '.txt')).join('');
  expect(codes.length).toBeGreaterThan(100);
  expect([...new Set(codes)].filter((code) => !told.includes(`[${code}]`) && !ELSEWHERE.includes(code))).toEqual([]);
});
