import { hostsOf, implicitHost, type Host, type Inventory } from '../inventory.ts';
import { OMIT } from './render.ts';
import { data, type Binding } from './scope.ts';

/** Names that mean something to Ansible's users, and that no inventory and no playbook can set. */
export const MAGIC: ReadonlySet<string> = new Set([
  'inventory_hostname',
  'inventory_hostname_short',
  'group_names',
  'groups',
  'hostvars',
  'playbook_dir',
  'omit',
  'lab',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_batch',
  'ansible_play_name',
]);

/** The same for every host; `groups` is one object for all, as handing it to templates has its price. */
export function sharedMagic(inventory: Inventory, playbook: string): ReadonlyMap<string, Binding> {
  const groups = Object.fromEntries([...inventory.groups.keys()].map((name) => [name, hostsOf(inventory, name)]));
  const folder = playbook.includes('/') ? playbook.slice(0, playbook.lastIndexOf('/')) : '.';
  return new Map([
    ['groups', data(groups)],
    ['playbook_dir', data(folder)],
    ['omit', data(OMIT)],
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

export function playMagic(lab: string, name: string, hosts: readonly string[]): ReadonlyMap<string, Binding> {
  return new Map([
    ['lab', data(lab)],
    ['ansible_play_name', data(name)],
    ['ansible_play_hosts', data(hosts)],
    ['ansible_play_hosts_all', data(hosts)],
    ['ansible_play_batch', data(hosts)],
  ]);
}
