import type { Problem } from '../error.ts';
import { Draft } from './draft.ts';
import { readVarsFolder, type Files } from './folder.ts';
import type { Inventory } from './model.ts';
import { readYaml } from './yaml.ts';

/** The text of one inventory. */
export interface InventoryText {
  readonly file: string;
  readonly text: string;
}

export interface ReadInventory {
  /** Only to be used without problems. */
  readonly inventory: Inventory;
  readonly problems: readonly Problem[];
}

/** Adds what a text says to a draft. */
type Reader = (text: string, file: string, draft: Draft) => void;

/**
 * Several inventories become one; what a later one says wins. `files` is for `group_vars` and `host_vars` beside each of
 * them, and then in the folders named (the playbook's).
 */
export function parseInventory(
  texts: readonly InventoryText[],
  files: Files = NO_FILES,
  folders: readonly string[] = [],
): ReadInventory {
  const draft = new Draft();
  for (const { file, text } of texts) readerOf(file, text)(text, file, draft);
  const beside = [...new Set([...texts.map(({ file }) => folderOf(file)), ...folders])];
  const read = beside.map((folder) => readVarsFolder(folder, files));
  const inventory = draft.build(read.map(({ vars }) => vars));
  return { inventory, problems: [...draft.problems, ...read.flatMap(({ problems }) => problems)] };
}

/** The inventories of a command line: files, or host names with commas (`a,b,`). */
export function readInventories(
  sources: readonly string[],
  files: Files,
  folders: readonly string[] = [],
): ReadInventory {
  const problems: Problem[] = [];
  const texts = sources.flatMap((source): InventoryText[] => {
    // A list of names is an inventory too: quoted, it is as good YAML as any.
    if (source.includes(',')) return [{ file: source, text: listed(source) }];
    const text = files.read(source);
    if (text !== undefined) return [{ file: source, text }];
    const isFolder = files.list(source).length > 0;
    const message = isFolder ? `${source} is a folder` : `there is no inventory ${source}`;
    const hint = isFolder ? 'name its files; folders are not read yet' : 'for a host by its name, add a comma';
    problems.push({ code: isFolder ? 'NOT_YET' : 'NO_FILE', message, hint });
    return [];
  });
  const read = parseInventory(texts, files, folders);
  return { inventory: read.inventory, problems: [...problems, ...read.problems] };
}

function listed(source: string): string {
  const names = source.split(',').map((name) => name.trim());
  const hosts = names.filter((name) => name !== '').map((name) => [name, null]);
  return JSON.stringify({ all: { hosts: Object.fromEntries(hosts) as object } });
}

function readerOf(file: string, text: string): Reader {
  const isIni = /\.(ini|cfg)$/.test(file) || (!/\.(ya?ml|json)$/.test(file) && /^\s*\[[^\],]+\]\s*$/m.test(text));
  return isIni ? refuseIni : readYaml;
}

const refuseIni: Reader = (_, file, draft) => {
  const message = 'inventories in INI form are not read yet';
  draft.problems.push({ code: 'NOT_YET', message, place: { file, line: 1, column: 1 }, hint: 'write it in YAML' });
};

const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.');

const NO_FILES: Files = { read: () => undefined, list: () => [] };
