import type { At } from '../source.ts';

/** A variable as it was written: a text in it may be a template. */
export interface Variable {
  readonly value: unknown;
  /** Absent for what came from a command line. */
  readonly at?: At | undefined;
  /** It came from a program, so no text in it is a template. */
  readonly isData?: boolean;
}

/** Variables of one origin; `name` is for people: `group web in inventory/lab.yml`. */
export interface Layer {
  readonly name: string;
  readonly vars: ReadonlyMap<string, Variable>;
}

export interface Host {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** The groups that hold it, directly or not, without `all`; the order is that in which their variables count. */
  readonly groups: readonly string[];
  /** Made up because a play asks for localhost and no inventory knows it; not one of `all`. */
  readonly implicit: boolean;
}

export interface Group {
  readonly name: string;
  /** Its own hosts and child groups, in the order of the inventory. */
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  readonly layers: readonly Layer[];
  /** `ansible_group_priority`: among groups of one depth, the variables of the higher one count. */
  readonly priority: number;
}

/** What a folder with `group_vars` and `host_vars` says, by the name of the group or host. */
export interface VarsFolder {
  readonly groups: ReadonlyMap<string, readonly Layer[]>;
  readonly hosts: ReadonlyMap<string, readonly Layer[]>;
}

/** Every format is read into this. `all` and `ungrouped` are always there. */
export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  /** What is beside the inventories, then what is beside the playbook. */
  readonly folders: readonly VarsFolder[];
}

/** The hosts of a group and of all groups below it, each once, level by level; its own come first. */
export function hostsOf(inventory: Inventory, group: string): string[] {
  const found = new Set<string>();
  const groups = new Set([group]);
  // A set goes on to what is added to it meanwhile.
  for (const name of groups) {
    const one = inventory.groups.get(name);
    for (const host of one?.hosts ?? []) found.add(host);
    for (const child of one?.children ?? []) groups.add(child);
  }
  return [...found];
}

/**
 * Every layer of variables of a host; what comes later wins. Ansible's order: the inventory's `all`, its groups (depth,
 * `ansible_group_priority`, name), `group_vars` for `all`, `group_vars` for groups, the inventory's host, `host_vars`.
 */
export function layersOf({ groups, folders }: Inventory, host: Host): Layer[] {
  const own = (name: string): readonly Layer[] => groups.get(name)?.layers ?? [];
  return [
    ...own('all'),
    ...host.groups.flatMap(own),
    ...folders.flatMap((folder) => folder.groups.get('all') ?? []),
    ...folders.flatMap((folder) => host.groups.flatMap((name) => folder.groups.get(name) ?? [])),
    ...host.layers,
    ...folders.flatMap((folder) => folder.hosts.get(host.name) ?? []),
  ];
}
