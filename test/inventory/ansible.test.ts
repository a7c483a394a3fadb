import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { caseNames, expectedOf, readCase } from './case.ts';
import { printed, readHere } from './ours.ts';

// A case is test/inventory/ansible/<sentence>.yml; beside it stands what the real Ansible printed of it, and that it
// still does is proven by test/net/ansible.test.ts.
const folder = mkdtempSync(join(tmpdir(), 'netwright-inventory-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(caseNames)('%s', (name) => {
  const one = readCase(name);
  const { inventory, problems } = readHere(join(folder, name), one);
  expect(problems).toEqual([]);
  expect(printed(inventory, one)).toEqual(JSON.parse(readFileSync(expectedOf(name), 'utf8')));
});
