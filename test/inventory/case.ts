import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSource } from '../../src/source.ts';

/** Files, and how a command line names inventories among them. */
export interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly inventory: readonly string[];
  /** Files that are marked as programs besides those that begin as one. */
  readonly executable?: readonly string[];
  /** False where its values have types that JSON does not know, which only the graph with variables shows. */
  readonly plain?: boolean;
}

const FOLDER = join(import.meta.dirname, 'ansible');

/** The cases of test/inventory/ansible: test/inventory/ansible/<sentence>.yml. */
export const caseNames = readdirSync(FOLDER).flatMap((name) => /^(.*)\.yml$/.exec(name)?.[1] ?? []);

export const readCase = (name: string): Case => readCaseAt(join(FOLDER, `${name}.yml`));

export function readCaseAt(path: string): Case {
  const { source, problems } = parseSource(readFileSync(path, 'utf8'), path);
  if (!source || problems.length > 0) throw new Error(`${path} is wrong: ${problems[0]?.message}`);
  return source.value as Case;
}

/** What Ansible says of a case, written by `node --import tsx test/inventory/expect.ts`. */
export const expectedOf = (name: string): string => join(FOLDER, `${name}.json`);

/** Writes the files of a case into a folder. */
export function layOut(folder: string, { files, executable = [] }: Case): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (text.startsWith('#!') || executable.includes(name)) chmodSync(path, 0o755);
  }
}
