import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCaseAt } from './case.ts';
import { readHere } from './ours.ts';

// A case is a broken inventory, test/inventory/errors/<sentence>.yml, and beside it exactly what a person is told,
// <sentence>.txt. A new case gets its text by `vitest -u`; read it as the person would before you commit it.
const cases = join(import.meta.dirname, 'errors');
const names = readdirSync(cases).flatMap((name) => /^(.*)\.yml$/.exec(name)?.[1] ?? []);
const folder = mkdtempSync(join(tmpdir(), 'netwright-inventory-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(names)('%s', async (name) => {
  const told = readHere(join(folder, name), readCaseAt(join(cases, `${name}.yml`))).problems;
  expect(told).not.toEqual([]);
  await expect(`${told.join('\n')}\n`).toMatchFileSnapshot(join(cases, `${name}.txt`));
});
