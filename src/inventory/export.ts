import { implicitHost } from './local.ts';
import { layersOf, type Group, type Host, type Inventory, type Layer } from './model.ts';
import { pythonText } from './python.ts';

/** What Ansible knows of every host anyway, and so never lists. */
const INTERNAL = new Set([
  ...['ansible_diff_mode', 'ansible_config_file', 'ansible_facts', 'ansible_forks', 'ansible_inventory_sources'],
  ...['ansible_limit', 'ansible_playbook_python', 'ansible_run_tags', 'ansible_skip_tags', 'ansible_verbosity'],
  ...['ansible_version', 'inventory_dir', 'inventory_file', 'inventory_hostname', 'inventory_hostname_short'],
  ...['groups', 'group_names', 'omit', 'playbook_dir'],
]);

type Vars = Record<string, unknown>;

/** The variables of a host as they are written, the last of each name. */
export const hostVariables = (inventory: Inventory, name: string): Vars =>
  merged(layersOf(inventory, implicitHost(inventory, name)));

/** What `ansible-inventory --list` prints; with `--export`, variables stand where they were given. */
export function listing(inventory: Inventory, isExport: boolean): Vars {
  const { groups, hosts } = inventory;
  const listed = [...groups.values()].flatMap((group): [string, Vars][] => {
    const vars = isExport ? groupVariables(inventory, group) : {};
    const all: Vars = {
      ...(group.name === 'all' || group.hosts.length === 0 ? {} : { hosts: group.hosts }),
      ...(group.children.length === 0 ? {} : { children: group.children }),
      ...(Object.keys(vars).length === 0 ? {} : { vars }),
    };
    return Object.keys(all).length === 0 ? [] : [[group.name, all]];
  });
  const hostvars = [...hosts.values()].flatMap((host): [string, Vars][] => {
    const vars = isExport ? ownVariables(inventory, host) : hostVariables(inventory, host.name);
    return Object.keys(vars).length === 0 ? [] : [[host.name, vars]];
  });
  return Object.fromEntries([...listed, ['_meta', { hostvars: Object.fromEntries(hostvars) }]]);
}

/** What `ansible-inventory --graph` prints, from a group down. */
export function graph(inventory: Inventory, top: string, withVars: boolean): string {
  const shown = (vars: Vars, depth: number): string[] =>
    Object.keys(vars)
      .toSorted()
      .map((name) => branch(`{${name} = ${pythonText(vars[name])}}`, depth));
  const below = (name: string, depth: number): string[] => {
    const group = inventory.groups.get(name)!;
    const hosts = name === 'all' ? [] : group.hosts;
    return [
      branch(`@${name}:`, depth),
      ...group.children.flatMap((child) => below(child, depth + 1)),
      ...hosts.flatMap((host) => [
        branch(host, depth + 1),
        ...(withVars ? shown(hostVariables(inventory, host), depth + 2) : []),
      ]),
      ...(withVars ? shown(groupVariables(inventory, group), depth + 1) : []),
    ];
  };
  return below(top, 0).join('\n');
}

const branch = (text: string, depth: number): string => (depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`);

function groupVariables({ folders }: Inventory, { name, layers, priority }: Group): Vars {
  const vars = merged([...layers, ...folders.flatMap((folder) => folder.groups.get(name) ?? [])]);
  return priority === 1 ? vars : { ...vars, ansible_group_priority: priority };
}

const ownVariables = ({ folders }: Inventory, { name, layers }: Host): Vars =>
  merged([...layers, ...folders.flatMap((folder) => folder.hosts.get(name) ?? [])]);

const merged = (layers: readonly Layer[]): Vars =>
  Object.fromEntries(
    layers
      .flatMap(({ vars }) => [...vars])
      .filter(([name]) => !INTERNAL.has(name))
      .map(([name, { value }]) => [name, value]),
  );
