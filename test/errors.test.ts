import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { check } from './check.ts';

// A case is a broken playbook, test/errors/<sentence>.yml, and beside it exactly what a person is told,
// <sentence>.txt. A new case gets its text by `vitest -u`; read it as the person would before you commit it.
const folder = new URL('errors/', import.meta.url).pathname;
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => name.slice(0, -'.yml'.length));

test.each(cases)('%s', async (name) => {
  const found = check(readFileSync(`${folder}${name}.yml`, 'utf8'), 'lab.yml');
  expect(found).not.toBe('');
  await expect(found).toMatchFileSnapshot(`${folder}${name}.txt`);
});
