import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../task.ts';
import { kindSchema } from './editor.ts';
import { inventorySchema } from './inventory.ts';
import { playbookSchema } from './playbook.ts';

const ENDING = '.schema.json';

/** The files of schemas/ by name. */
export function schemaFiles(kinds: readonly Kind[]): ReadonlyMap<string, string> {
  const schemas = [
    ...kinds.map((kind) => [kind.kind, kindSchema(kind)] as const),
    ['playbook', playbookSchema(kinds)] as const,
    ['inventory', inventorySchema] as const,
  ];
  return new Map(schemas.map(([name, schema]) => [`${name}${ENDING}`, `${JSON.stringify(schema, null, 2)}\n`]));
}

/** The names of files that are missing, different or left over. */
export function staleFiles(folder: string, wanted: ReadonlyMap<string, string>): string[] {
  const found = new Set(filesIn(folder));
  const differing = [...wanted].filter(
    ([name, text]) => !found.has(name) || readFileSync(join(folder, name), 'utf8') !== text,
  );
  return [...differing.map(([name]) => name), ...[...found].filter((name) => !wanted.has(name))].toSorted();
}

/** Makes the folder's schemas exactly these. */
export function writeFiles(folder: string, wanted: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const name of filesIn(folder)) if (!wanted.has(name)) rmSync(join(folder, name));
  for (const [name, text] of wanted) writeFileSync(join(folder, name), text);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(ENDING));
  } catch {
    return [];
  }
}
