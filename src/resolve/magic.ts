import { dirname, resolve } from 'node:path';
import { hostsOf, implicitHost, type Host, type Inventory } from '../inventory.ts';
import type { Role } from '../playbook.ts';
import { OMIT } from './render.ts';
import type { Chosen } from './select.ts';
import { data, type Binding } from './scope.ts';

/** Names that mean something to Ansible's users, and that no inventory and no playbook can set. */
export const MAGIC: ReadonlySet<string> = new Set([
  'inventory_hostname',
  'inventory_hostname_short',
  'group_names',
  'groups',
  'hostvars',
  'playbook_dir',
  'inventory_dir',
  'inventory_file',
  'omit',
  'ansible_version',
  'lab',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_batch',
  'play_hosts',
  'role_name',
  'role_path',
  'ansible_role_name',
  'ansible_parent_role_names',
  'ansible_play_name',
  'ansible_check_mode',
  'ansible_diff_mode',
  'ansible_verbosity',
  'ansible_run_tags',
  'ansible_skip_tags',
]);

/** What the command line says of the whole run. */
export interface Mode {
  /** Nothing will be changed. */
  readonly check: boolean;
  readonly diff: boolean;
  readonly verbosity: number;
}

export const modeMagic = (mode: Mode, chosen: Chosen): ReadonlyMap<string, Binding> =>
  new Map([
    ['ansible_check_mode', data(mode.check)],
    ['ansible_diff_mode', data(mode.diff)],
    ['ansible_verbosity', data(mode.verbosity)],
    ['ansible_run_tags', data(chosen.tags.length === 0 ? ['all'] : chosen.tags)],
    ['ansible_skip_tags', data(chosen.skipTags)],
  ]);

/** The Ansible whose language this is: roles ask for it. */
const ANSIBLE = { full: '2.14.0', major: 2, minor: 14, revision: 0, string: '2.14.0' };

/** Where the first inventory is; without a file where it is a folder. */
export interface InventorySource {
  readonly folder: string;
  readonly file?: string | undefined;
}

/** The same for every host; `groups` is one object for all, as handing it to templates has its price. */
export function sharedMagic(
  inventory: Inventory,
  playbook: string,
  source: InventorySource | undefined,
): ReadonlyMap<string, Binding> {
  const groups = Object.fromEntries([...inventory.groups.keys()].map((name) => [name, hostsOf(inventory, name)]));
  return new Map([
    ['groups', data(groups)],
    ['playbook_dir', data(folderOf(playbook))],
    ['omit', data(OMIT)],
    ['ansible_version', data(ANSIBLE)],
    ...(source === undefined ? [] : [['inventory_dir', data(source.folder)] as const]),
    ...(source?.file === undefined ? [] : [['inventory_file', data(source.file)] as const]),
  ]);
}

export function hostMagic(inventory: Inventory, name: string): ReadonlyMap<string, Binding> {
  const host: Host = implicitHost(inventory, name);
  const groups = host.groups.filter((group) => group !== 'ungrouped' || !host.implicit);
  return new Map([
    ['inventory_hostname', data(name)],
    ['inventory_hostname_short', data(/^[0-9.]+$|:/.test(name) ? name : name.split('.')[0])],
    ['group_names', data([...groups].toSorted())],
  ]);
}

interface InPlay {
  readonly lab: string;
  readonly name: string;
  readonly hosts: readonly string[];
  /** Those of the hosts that go together. */
  readonly batch: readonly string[];
  /** The playbook that holds the play. */
  readonly file: string;
  readonly role: Role | undefined;
}

export function playMagic({ lab, name, hosts, batch, file, role }: InPlay): ReadonlyMap<string, Binding> {
  const roleWords = role && [
    ['role_name', data(role.name)] as const,
    ['ansible_role_name', data(role.name)] as const,
    ['role_path', data(resolve(role.path))] as const,
    ['ansible_parent_role_names', data(role.parents)] as const,
  ];
  return new Map([
    ['lab', data(lab)],
    ['playbook_dir', data(folderOf(file))],
    ['ansible_play_name', data(name)],
    ['ansible_play_hosts', data(hosts)],
    ['ansible_play_hosts_all', data(hosts)],
    ['ansible_play_batch', data(batch)],
    ['play_hosts', data(batch)],
    ...(roleWords ?? []),
  ]);
}

/** Whole, as in Ansible, since it may be given to programs. */
const folderOf = (file: string): string => dirname(resolve(file));
