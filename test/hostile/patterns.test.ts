import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSync } from 'recheck';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { playKeywords, taskKeywords } from '../../src/playbook/keywords.ts';
import { kinds } from '../../tasks/index.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Written {
  readonly at: string;
  readonly source: string;
  readonly flags: string;
}

/** Every regular expression that stands in our code. */
function literals(): Written[] {
  const files = ['src', 'tasks'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) => {
    const tree = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const found: Written[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
        found.push({ at: `${file}:${line + 1}`, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return found;
  });
}

/** Every `pattern` of a schema, which is matched in the mode of Unicode. */
function patternsIn(value: unknown, at: string): Written[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'pattern' && typeof inner === 'string'
      ? [{ at, source: inner, flags: 'u' }]
      : patternsIn(inner, `${at}.${key}`),
  );
}

const schemas = [
  ...kinds.map(({ kind, schema }) => patternsIn(schema, kind)),
  ...[...playKeywords, ...taskKeywords].map(([name, { schema }]) => patternsIn(schema, name)),
].flat();

/** By what is written, as many places write the same. */
const all = new Map([...literals(), ...schemas].map((one) => [`/${one.source}/${one.flags}`, one]));

// A text of four megabytes takes hours with an expression whose time grows as the square of it.
test('the time of none of our regular expressions grows faster than the text that it is matched with', () => {
  expect(all.size).toBeGreaterThan(250);
  expect(schemas.length).toBeGreaterThan(20);
  const grown = [...all.values()].flatMap(({ at, source, flags }) => {
    const found = checkSync(source, flags, { timeout: 60_000 });
    if (found.status === 'safe') return [];
    const how = found.status === 'vulnerable' ? found.complexity.summary : found.error.kind;
    return [`${at}: /${source}/${flags} is ${found.status}: ${how}`];
  });
  expect(grown).toEqual([]);
}, 600_000);
