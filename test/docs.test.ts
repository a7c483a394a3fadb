import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeKind, kindExample, listKinds } from '../src/docs.ts';
import { parseSource } from '../src/source.ts';
import { validateRaw } from '../src/validate.ts';
import { kinds } from '../tasks/index.ts';

test('the list has every kind', () => {
  const text = listKinds(kinds);
  for (const { kind, description } of kinds)
    expect(text).toMatch(new RegExp(`^ {2}${kind} +${description.slice(0, 5)}`, 'm'));
});

describe.each(kinds)('$kind', (kind) => {
  test('tells every option', () => {
    const text = describeKind(kind);
    for (const name of Object.keys(kind.schema.properties ?? {})) expect(text).toContain(`\n  ${name}`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(250);
  });

  test('has an example that is valid', () => {
    const example = kindExample(kind.schema);
    const { source } = parseSource('- {}\n', 'example.yml');
    const problems = validateRaw(kind, example, { source: source!, path: [] });
    expect(problems).toEqual([]);
    expect(example).not.toEqual({});
  });
});

test('the page of the playbooks has every one of them, and no other', () => {
  const page = readFileSync('docs/playbooks.md', 'utf8');
  const named = [...page.matchAll(/\[([\w-]+)\]\(\.\.\/playbooks\/([\w-]+)\.yml\)/g)];
  for (const [link, text, file] of named) expect(text, link).toBe(file);
  const files = readdirSync('playbooks').filter((name) => name.endsWith('.yml'));
  expect([...new Set(named.map(([, , file]) => `${file}.yml`))].toSorted()).toEqual(files.toSorted());
});
