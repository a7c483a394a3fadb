import type { At } from '../source.ts';

/** A variable as it was written: a text in it may be a template. */
export interface Variable {
  readonly value: unknown;
  /** Absent for what came from a command line. */
  readonly at?: At | undefined;
}

export type Variables = ReadonlyMap<string, Variable>;

/** Variables of one origin; `name` is for people: `group web (inventory/lab.yml)`. */
export interface Layer {
  readonly name: string;
  readonly vars: Variables;
}

export interface Host {
  readonly name: string;
  /** Those of the inventory itself first, then those of `host_vars` files. */
  readonly layers: readonly Layer[];
  /** Made up because a play asks for localhost and no inventory knows it; not one of `all`. */
  readonly implicit: boolean;
}

export interface Group {
  readonly name: string;
  /** Names of its own hosts and child groups, in the order of the inventory. */
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  /** The longest way from `all`, which has 0. */
  readonly depth: number;
  /** `ansible_group_priority`. */
  readonly priority: number;
  readonly layers: readonly Layer[];
}

/** Every format is read into this. `all` and `ungrouped` are always there. */
export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
}

/** The hosts of a group and of all groups below it, in the order of the inventory. */
export function hostsOf(inventory: Inventory, group: string): string[] {
  if (group === 'all') return [...inventory.hosts.keys()];
  const found = new Set<string>();
  const seen = new Set<string>();
  const walk = (name: string): void => {
    const one = inventory.groups.get(name);
    if (!one || seen.has(name)) return;
    seen.add(name);
    for (const host of one.hosts) found.add(host);
    one.children.forEach(walk);
  };
  walk(group);
  return [...found];
}

/** The groups that hold a host, directly or not, without `all`; the order is that in which their variables count. */
export function groupsOf(inventory: Inventory, host: string): Group[] {
  const parents = new Map<string, string[]>();
  const found = new Set<string>();
  for (const { name, children, hosts } of inventory.groups.values()) {
    if (hosts.includes(host)) found.add(name);
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name]);
  }
  // A set goes on to what is added to it meanwhile.
  for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent);
  found.delete('all');
  return [...found].map((name) => inventory.groups.get(name)!).toSorted(byWeight);
}

/** Ansible's order: depth, then priority, then name; what comes later wins. */
const byWeight = (a: Group, b: Group): number =>
  a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1);
