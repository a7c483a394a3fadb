import { Argument, type Command } from 'commander';
import { readdirSync } from 'node:fs';
import { NetwrightError } from '../error.ts';
import { readInventories } from '../inventory.ts';
import { SCRIPTS } from './completion-scripts.ts';
import { DiskFiles } from './files.ts';
import { knownKinds } from './kinds.ts';

type Complete = (value: string, description: string) => void;
type Handler = (complete: Complete) => void;

/** Words that are known beforehand. */
const words =
  (offered: () => readonly (readonly [word: string, description: string])[]): Handler =>
  (complete) => {
    for (const one of offered()) complete(...one);
  };

/** Files that a playbook or an inventory may be, in the folder of what was typed so far and in the usual one. */
const files =
  (folder: string, pattern: RegExp): Handler =>
  (complete) => {
    const typed = process.argv.at(-1) ?? '';
    const base = typed.includes('/') ? typed.slice(0, typed.lastIndexOf('/') + 1) : '';
    for (const place of new Set([base, ...(typed === '' ? [`${folder}/`] : [])])) {
      for (const entry of list(place === '' ? '.' : place)) {
        if (entry.isDirectory()) complete(`${place}${entry.name}/`, '');
        else if (pattern.test(entry.name)) complete(`${place}${entry.name}`, '');
      }
    }
  };

const list = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

/** Hosts and groups of the inventories that the line names already. */
function hosts(complete: Complete): void {
  const words = process.argv;
  const inventories = words.flatMap((word, index) =>
    ['-i', '--inventory'].includes(words[index - 1] ?? '') ? [word] : [],
  );
  try {
    const { inventory } = readInventories({ inventories, sshConfig: undefined, folders: [] }, new DiskFiles());
    for (const name of inventory.groups.keys()) complete(name, 'group');
    for (const name of inventory.hosts.keys()) complete(name, 'host');
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
  }
}

/** Adds `complete`, which prints a script for a shell and answers that script's questions. */
export async function addCompletion(program: Command, [command, first]: readonly string[]): Promise<void> {
  if (command !== 'complete' || first !== '--') {
    addScripts(program);
    return;
  }
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const root = tab(program);
  for (const { arguments: operands, options } of root.commands.values()) {
    const of = (name: string, handler: Handler): void => {
      for (const found of [operands.get(name), options.get(name)])
        if (found) Object.assign(found, { handler, isBoolean: false });
    };
    of('playbook', files('playbooks', /\.ya?ml$/));
    of('inventory', files('inventory', /^[^.]/));
    of('limit', hosts);
    of('pattern', hosts);
    of('host', hosts);
    of('group', hosts);
    of(
      'kind',
      words(() => knownKinds().map(({ kind, description }) => [kind, description])),
    );
    of(
      'shell',
      words(() => Object.keys(SCRIPTS).map((shell) => [shell, ''])),
    );
  }
}

function addScripts(program: Command): void {
  program
    .command('complete')
    .description('print a completion script: source <(netwright complete bash)')
    .addArgument(new Argument('<shell>').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => {
      process.stdout.write(`${SCRIPTS[shell]!}\n`);
    });
}
