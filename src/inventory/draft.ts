import type { Place, Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Group, Host, Inventory, Layer, Variable, VarsFolder } from './model.ts';

const HOST_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/;
const GROUP_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

interface Entry {
  readonly at: At | undefined;
  /** By the name of the layer. */
  readonly layers: Map<string, Map<string, Variable>>;
}

interface GroupEntry extends Entry {
  readonly hosts: Set<string>;
  readonly children: Map<string, At | undefined>;
}

/** An inventory in the making: readers of every format add to it, also of several files one after another. */
export class Draft {
  readonly problems: Problem[] = [];
  readonly #hosts = new Map<string, Entry>();
  readonly #groups = new Map<string, GroupEntry>();

  constructor() {
    this.addGroup('all', undefined);
    this.addGroup('ungrouped', undefined);
  }

  /** False where the name cannot be one. */
  addGroup(name: string, at: At | undefined): boolean {
    if (this.#groups.has(name)) return true;
    if (!this.#accept('group', name, GROUP_NAME, at)) return false;
    this.#groups.set(name, { at, layers: new Map(), hosts: new Set(), children: new Map() });
    return true;
  }

  addChild(parent: string, child: string, at: At | undefined): boolean {
    if (!this.addGroup(child, at)) return false;
    this.#groups.get(parent)!.children.set(child, at);
    return true;
  }

  addHost(name: string, group: string, at: At | undefined): boolean {
    if (!this.#hosts.has(name)) {
      if (!this.#accept('host', name, HOST_NAME, at)) return false;
      this.#hosts.set(name, { at, layers: new Map() });
    }
    this.#groups.get(group)!.hosts.add(name);
    return true;
  }

  setGroupVariable(group: string, name: string, variable: Variable, file: string): void {
    set(this.#groups.get(group)!, `group ${group} in ${file}`, name, variable);
  }

  setHostVariable(host: string, name: string, variable: Variable, file: string): void {
    set(this.#hosts.get(host)!, `host ${host} in ${file}`, name, variable);
  }

  has(kind: 'host' | 'group', name: string): boolean {
    return kind === 'host' ? this.#hosts.has(name) : this.#groups.has(name);
  }

  #accept(kind: 'host' | 'group', name: string, pattern: RegExp, at: At | undefined): boolean {
    const place = placeOfKey(at);
    if (!pattern.test(name)) {
      const hint = `a ${kind}'s name begins with a letter or digit and holds only those and "_", "-", "."`;
      this.problems.push({ code: 'BAD_NAME', message: `"${name}" cannot be the name of a ${kind}`, place, hint });
      return false;
    }
    const other = kind === 'host' ? this.#groups.get(name) : this.#hosts.get(name);
    if (other === undefined) return true;
    const elsewhere = placeOfKey(other.at);
    this.problems.push({
      code: 'NAME_CLASH',
      message: `"${name}" is both a host and a group`,
      place,
      hint: 'give one of them another name',
      other: elsewhere && { note: `the ${kind === 'host' ? 'group' : 'host'} is at`, place: elsewhere },
    });
    return false;
  }

  build(folders: readonly VarsFolder[]): Inventory {
    const depths = this.#depths();
    const parents = new Map<string, string[]>();
    for (const [name, { children }] of this.#groups) {
      for (const child of children.keys()) parents.set(child, [...(parents.get(child) ?? []), name]);
    }
    const direct = new Map<string, string[]>();
    for (const [name, { hosts }] of this.#groups) {
      for (const host of hosts) direct.set(host, [...(direct.get(host) ?? []), name]);
    }
    const weight = (name: string): readonly [number, number] => [depths.get(name) ?? 1, this.#priority(name)];
    const order = (a: string, b: string): number => {
      const [[depthA, priorityA], [depthB, priorityB]] = [weight(a), weight(b)];
      return depthA - depthB || priorityA - priorityB || (a < b ? -1 : 1);
    };
    const groupsOf = (host: string): string[] => {
      const found = new Set(direct.get(host));
      // A set goes on to what is added to it meanwhile.
      for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent);
      found.delete('all');
      if (found.size > 1) found.delete('ungrouped');
      return found.size === 0 ? ['ungrouped'] : [...found].toSorted(order);
    };
    const hosts = [...this.#hosts].map(([name, entry]): [string, Host] => [
      name,
      { name, layers: layers(entry), groups: groupsOf(name), implicit: false },
    ]);
    const isUngrouped = new Set(hosts.filter(([, { groups }]) => groups[0] === 'ungrouped').map(([name]) => name));
    const groups = [...this.#groups].map(([name, entry]): [string, Group] => {
      const own = name === 'ungrouped' ? isUngrouped : entry.hosts;
      return [name, { name, hosts: [...own], children: [...entry.children.keys()], layers: layers(entry) }];
    });
    return { hosts: new Map(hosts), groups: new Map(groups), folders };
  }

  /** The longest way from `all` to each group; a group inside itself is a problem, told once. */
  #depths(): Map<string, number> {
    const depths = new Map<string, number>();
    const told = new Set<string>();
    const visit = (name: string, path: readonly string[]): void => {
      if (path.includes(name)) {
        const circle = [...path.slice(path.indexOf(name)), name];
        const key = circle.slice(1).toSorted().join(' ');
        if (told.has(key)) return;
        told.add(key);
        const place = placeOfKey(this.#groups.get(path.at(-1)!)!.children.get(name));
        const message = `group "${name}" is inside of itself: ${circle.join(' -> ')}`;
        this.problems.push({ code: 'GROUP_CYCLE', message, place, hint: 'take one of them out of the other' });
        return;
      }
      // Seen before at this depth or deeper: nothing below it changes.
      if ((depths.get(name) ?? -1) >= path.length) return;
      depths.set(name, path.length);
      for (const child of this.#groups.get(name)!.children.keys()) visit(child, [...path, name]);
    };
    const children = new Set([...this.#groups.values()].flatMap((group) => [...group.children.keys()]));
    visit('all', []);
    for (const name of this.#groups.keys()) if (!children.has(name) && name !== 'all') visit(name, ['all']);
    // What is left hangs on nothing but itself.
    for (const name of this.#groups.keys()) if (!depths.has(name)) visit(name, ['all']);
    return depths;
  }

  #priority(name: string): number {
    const { layers: all } = this.#groups.get(name)!;
    const found = [...all.values()]
      .map((vars) => vars.get('ansible_group_priority')?.value)
      .findLast((value) => value !== undefined);
    const number = Number(found ?? 1);
    return Number.isInteger(number) ? number : 1;
  }
}

function set(entry: Entry, layer: string, name: string, variable: Variable): void {
  let vars = entry.layers.get(layer);
  if (!vars) entry.layers.set(layer, (vars = new Map<string, Variable>()));
  vars.set(name, variable);
}

const layers = (entry: Entry): Layer[] => [...entry.layers].map(([name, vars]) => ({ name, vars }));

const placeOfKey = (at: At | undefined): Place | undefined => at && placeOf(at, [], 'key');
