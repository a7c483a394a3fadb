import type { Command } from 'commander';
import { NetwrightError, suggestion } from '../error.ts';
import { graph, hostVariables, listing, readInventories, selectHosts, type Inventory } from '../inventory.ts';
import { Unsafe, Vaulted } from '../source.ts';
import { DiskFiles } from './files.ts';
import { collect, vaultFlags, vaultSources, type VaultFlags } from './flags.ts';
import { openVault, secrets } from './secrets.ts';

interface InventoryFlags extends VaultFlags {
  readonly inventory?: string[];
  readonly sshConfig?: string;
  readonly playbookDir?: string;
  readonly list?: boolean;
  readonly host?: string;
  readonly graph?: boolean;
  readonly vars?: boolean;
  readonly export?: boolean;
}

/** Adds `inventory`, which prints what ansible-inventory does. */
export const addInventory = (command: Command): void => {
  vaultFlags(command)
    .argument('[group]', 'the group to begin with, for --graph', 'all')
    .option(
      '-i, --inventory <source>',
      "a file, folder or program, or hosts with commas ('a,b,'); may come several times",
      collect,
    )
    .option('--ssh-config <file>', 'an ssh_config, for its hosts where there is no -i')
    .option('--playbook-dir <folder>', 'whose group_vars and host_vars count as well')
    .option('--list', 'all groups and hosts with their variables, as JSON')
    .option('--host <name>', 'the variables of one host, as JSON')
    .option('--graph', 'the tree of groups and hosts (this is what is shown without any other option)')
    .option('--vars', 'show variables in the graph')
    .option('--export', 'list variables where they were given, not as each host has them')
    .action((group: string, flags: InventoryFlags) => {
      process.stdout.write(secrets.blank(`${shown(group, flags)}\n`));
    });
};

function shown(group: string, flags: InventoryFlags): string {
  const { inventory, problems } = readInventories(
    {
      inventories: flags.inventory ?? [],
      sshConfig: flags.sshConfig,
      folders: flags.playbookDir === undefined ? [] : [flags.playbookDir],
    },
    new DiskFiles(openVault(vaultSources(flags))),
  );
  if (problems.length > 0) throw new NetwrightError(problems);
  if ([flags.list, flags.host, flags.graph].filter((one) => one !== undefined).length > 1) {
    throw new NetwrightError({ code: 'BAD_OPTION', message: 'only one of --list, --host and --graph is possible' });
  }
  if (flags.list) return json(listing(inventory, flags.export ?? false));
  if (flags.host !== undefined) return json(hostVariables(inventory, onlyHost(inventory, flags.host)));
  if (inventory.groups.has(group)) return graph(inventory, group, flags.vars ?? false);
  throw new NetwrightError({
    code: 'UNKNOWN_HOST',
    message: `there is no group "${group}"`,
    hint: suggestion(group, [...inventory.groups.keys()]),
  });
}

function onlyHost(inventory: Inventory, pattern: string): string {
  const { hosts, problems } = selectHosts(inventory, pattern);
  if (problems.length > 0) throw new NetwrightError(problems);
  const [host, ...more] = hosts;
  if (host !== undefined && more.length === 0) return host;
  throw new NetwrightError({ code: 'BAD_OPTION', message: `--host: "${pattern}" is not one host but ${hosts.length}` });
}

/** As Ansible prints it: keys sorted, four spaces. */
const json = (value: unknown): string => JSON.stringify(sorted(value), null, 4);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === 'string' || typeof value === 'number')
    return secrets.isIn(value) ? secrets.blank(`${value}`) : value;
  // As Ansible shows it: closed.
  if (value instanceof Unsafe) return { __ansible_unsafe: value.text };
  if (value instanceof Vaulted) return { __ansible_vault: value.text };
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, one]) => [key, sorted(one)]));
}
