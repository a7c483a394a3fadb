import type { Problem } from '../error.ts';
import { Draft } from './draft.ts';
import { endingOf, folderOf, join, type Files } from './files.ts';
import { readVarsFolder } from './folder.ts';
import { addText } from './format.ts';
import { readProgram } from './listed.ts';
import { LOCAL } from './local.ts';
import type { Inventory } from './model.ts';
import { readSshConfig } from './ssh-config.ts';

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

/** Where hosts come from. */
export interface Sources {
  /** Files, folders, programs, or host names with commas (`a,b,`); what a later one says wins. */
  readonly inventories: readonly string[];
  /** An ssh_config, for its hosts where there is no inventory. */
  readonly sshConfig?: string | undefined;
  /** Folders with `group_vars` and `host_vars` that count after those beside the inventories (the playbook's). */
  readonly folders?: readonly string[] | undefined;
}

/** Several texts become one inventory; `files` is for `group_vars` and `host_vars` beside each of them. */
export function parseInventory(
  texts: readonly InventoryText[],
  files: Files = NO_FILES,
  folders: readonly string[] = [],
): ReadInventory {
  const draft = new Draft(files.budget);
  for (const { file, text } of texts) addText(text, file, draft);
  return finish(draft, [...texts.map(({ file }) => folderOf(file)), ...folders], files);
}

/** The inventory of a command line. */
export function readInventories({ inventories, sshConfig, folders = [] }: Sources, files: Files): ReadInventory {
  const draft = new Draft(files.budget);
  if (inventories.length === 0 && sshConfig !== undefined) {
    // An ssh_config that is not there is told by who uses it.
    readSshConfig(files.read(sshConfig) ?? '', sshConfig, draft);
  }
  const beside = inventories.flatMap((source) => {
    if (source.includes(',') && files.read(source) === undefined) {
      addNames(source, draft);
      return [];
    }
    readPath(source, files, draft);
    return files.list(source) === undefined ? folderOf(source) : source.replace(/(?<=[^/])\/+$/, '');
  });
  return finish(draft, [...beside, ...folders], files);
}

/** The same folder twice counts where it stands last. */
function finish(draft: Draft, folders: readonly string[], files: Files): ReadInventory {
  const last = folders.filter((folder, index) => folders.lastIndexOf(folder) === index);
  const names = { groups: draft.names('group'), hosts: [...new Set([...draft.names('host'), ...LOCAL])] };
  const read = last.map((folder) => readVarsFolder(folder, files, names));
  const inventory = draft.build(read.map(({ vars }) => vars));
  return { inventory, problems: [...draft.problems, ...read.flatMap(({ problems }) => problems)] };
}

function addNames(source: string, draft: Draft): void {
  for (const piece of source.split(',')) {
    const [, name = piece.trim(), port] = /^([^:]+):([0-9]+)$/.exec(piece.trim()) ?? [];
    if (name === '' || !draft.addHost(name, 'ungrouped', undefined) || port === undefined) continue;
    draft.setHostVariable(name, 'ansible_port', { value: Number(port) }, `-i ${source}`);
  }
}

/** As Ansible: in a folder of inventories these are not meant. */
const IGNORED =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/;

function readPath(path: string, files: Files, draft: Draft): void {
  const names = files.list(path);
  if (names !== undefined) {
    const inside = names.filter((name) => !IGNORED.test(name)).toSorted();
    for (const name of inside) readPath(join(path, name), files, draft);
    if (inside.length > 0) return;
    const hint = names.some((name) => IGNORED.test(name)) ? `in a folder, ${SKIPPED} are passed over` : undefined;
    draft.problems.push({ code: 'NO_FILE', message: `the folder ${path} has no inventory`, hint });
    return;
  }
  if (files.isProgram?.(path)) {
    readProgram(path, files, draft);
    return;
  }
  const text = files.read(path);
  if (text !== undefined) addText(text, path, draft);
  else {
    const hint = path.includes('/') || endingOf(path) !== '' ? undefined : 'for a host by its name, add a comma';
    draft.problems.push({ code: 'NO_FILE', message: `there is no inventory ${path}`, hint });
  }
}

const SKIPPED = 'files that end in .ini, .cfg, .txt or .md';

const NO_FILES: Files = { read: () => undefined, list: () => undefined };
