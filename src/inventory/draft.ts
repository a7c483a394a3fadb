import type { Place, Problem } from '../error.ts';
import { placeOf, type At, type Budget } from '../source.ts';
import { describe } from '../validate.ts';
import { depthsOf, type Edges } from './depth.ts';
import { newNames } from './range.ts';
import type { Group, Host, Inventory, Layer, Variable, VarsFolder } from './model.ts';

const HOST_NAME = /^(?:::)?[A-Za-z0-9_][A-Za-z0-9_.:-]*$/;
const GROUP_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Of all inventories together. */
const MOST_HOSTS = 65_536;

interface Entry {
  readonly at: At | undefined;
  /** By the name of the layer. */
  readonly layers: Map<string, Map<string, Variable>>;
}

interface GroupEntry extends Entry {
  readonly hosts: Set<string>;
  readonly children: Map<string, At | undefined>;
  priority: number;
}

/** An inventory in the making: readers of every format add to it, also of several files one after another. */
export class Draft {
  readonly problems: Problem[] = [];
  readonly #hosts = new Map<string, Entry>();
  readonly #groups = new Map<string, GroupEntry>();

  /** How many values may be read into it. */
  readonly budget: Budget | undefined;

  /** All ranges of all its texts are limited together. */
  readonly ranges = newNames();

  constructor(budget?: Budget) {
    this.budget = budget;
    this.addGroup('all', undefined);
    this.addChild('all', 'ungrouped', undefined);
  }

  /** False where the name cannot be one. */
  addGroup(name: string, at: At | undefined): boolean {
    if (this.#groups.has(name)) return true;
    if (!this.#accept('group', name, GROUP_NAME, at)) return false;
    this.#groups.set(name, { at, layers: new Map(), hosts: new Set(), children: new Map(), priority: 1 });
    return true;
  }

  addChild(parent: string, child: string, at: At | undefined): boolean {
    if (!this.addGroup(child, at)) return false;
    const { children } = this.#groups.get(parent)!;
    if (!children.has(child)) children.set(child, at);
    return true;
  }

  addHost(name: string, group: string, at: At | undefined): boolean {
    if (!this.#hosts.has(name)) {
      if (!this.#accept('host', name, HOST_NAME, at) || this.#isFull(at)) return false;
      this.#hosts.set(name, { at, layers: new Map() });
    }
    this.#groups.get(group)!.hosts.add(name);
    return true;
  }

  #isFull(at: At | undefined): boolean {
    if (this.#hosts.size < MOST_HOSTS) return false;
    const problem = { code: 'TOO_MANY_HOSTS', message: `more than ${MOST_HOSTS} hosts`, place: placeOfKey(at) };
    if (this.problems.at(-1)?.code !== problem.code) this.problems.push({ ...problem, hint: 'split the inventory' });
    return true;
  }

  setGroupVariable(group: string, name: string, variable: Variable, file: string): void {
    const entry = this.#groups.get(group)!;
    if (name === 'ansible_group_priority') this.#setPriority(entry, variable);
    else set(entry, `group ${group} in ${file}`, name, variable);
  }

  setHostVariable(host: string, name: string, variable: Variable, file: string): void {
    set(this.#hosts.get(host)!, `host ${host} in ${file}`, name, variable);
  }

  has(kind: 'host' | 'group', name: string): boolean {
    return kind === 'host' ? this.#hosts.has(name) : this.#groups.has(name);
  }

  names(kind: 'host' | 'group'): string[] {
    return [...(kind === 'host' ? this.#hosts : this.#groups).keys()];
  }

  build(folders: readonly VarsFolder[]): Inventory {
    const children = this.#edges();
    const { depths, cycles } = depthsOf(children);
    for (const circle of cycles) this.problems.push(this.#cycle(circle));
    this.#refuseClashes(children);
    const groupsOf = this.#membership(children, depths);
    const hosts = [...this.#hosts].map(([name, entry]): [string, Host] => [
      name,
      { name, layers: layers(entry), groups: groupsOf(name), implicit: false },
    ]);
    const isAlone = new Set(hosts.filter(([, { groups }]) => groups[0] === 'ungrouped').map(([name]) => name));
    const groups = [...this.#groups].map(([name, entry]): [string, Group] => {
      const own = name === 'ungrouped' ? [...entry.hosts].filter((host) => isAlone.has(host)) : entry.hosts;
      const all = name === 'ungrouped' ? new Set([...own, ...isAlone]) : own;
      const { priority } = entry;
      return [name, { name, hosts: [...all], children: children.get(name)!, layers: layers(entry), priority }];
    });
    return { hosts: new Map(hosts), groups: new Map(groups), folders };
  }

  /** The children of every group; what is inside of no other is inside of `all`. */
  #edges(): Edges {
    const edges = new Map([...this.#groups].map(([name, { children }]) => [name, [...children.keys()]]));
    const inside = new Set([...edges.values()].flat());
    edges.get('all')!.push(...[...edges.keys()].filter((name) => name !== 'all' && !inside.has(name)));
    return edges;
  }

  /** The groups of a host without `all`, in the order in which their variables count: depth, priority, name. */
  #membership(children: Edges, depths: ReadonlyMap<string, number>): (host: string) => string[] {
    const parents = inverted(children);
    const direct = inverted(new Map([...this.#groups].map(([name, { hosts }]) => [name, [...hosts]])));
    const order = (a: string, b: string): number =>
      (depths.get(a) ?? 1) - (depths.get(b) ?? 1) ||
      this.#groups.get(a)!.priority - this.#groups.get(b)!.priority ||
      (a < b ? -1 : 1);
    return (host) => {
      const found = new Set(direct.get(host));
      // A set goes on to what is added to it meanwhile.
      for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent);
      found.delete('all');
      if (found.size > 1) found.delete('ungrouped');
      return found.size === 0 ? ['ungrouped'] : [...found].toSorted(order);
    };
  }

  #accept(kind: 'host' | 'group', name: string, pattern: RegExp, at: At | undefined): boolean {
    if (pattern.test(name)) return true;
    const hint = `a ${kind}'s name begins with a letter or digit and holds only those and "_", "-", "."`;
    const message = `"${name}" cannot be the name of a ${kind}`;
    this.problems.push({ code: 'BAD_NAME', message, place: placeOfKey(at), hint });
    return false;
  }

  /** A name for both is clear only where the group has the host in it, as dynamic inventories have. */
  #refuseClashes(children: Edges): void {
    for (const [name, host] of this.#hosts) {
      const group = this.#groups.get(name);
      if (group === undefined) continue;
      const below = new Set([name]);
      for (const one of below) for (const child of children.get(one) ?? []) below.add(child);
      if ([...below].some((one) => this.#groups.get(one)!.hosts.has(name))) continue;
      const [place, elsewhere] = [placeOfKey(host.at), placeOfKey(group.at)];
      this.problems.push({
        code: 'NAME_CLASH',
        message: `"${name}" is both a host and a group`,
        place,
        hint: 'give one of them another name',
        other: elsewhere && { note: 'the group is at', place: elsewhere },
      });
    }
  }

  #cycle(circle: readonly string[]): Problem {
    const [parent, child] = [circle.at(-2)!, circle.at(-1)!];
    return {
      code: 'GROUP_CYCLE',
      message: `group "${child}" is inside of itself: ${circle.join(' -> ')}`,
      place: placeOfKey(this.#groups.get(parent)!.children.get(child)),
      hint: 'take one of them out of the other',
    };
  }

  #setPriority(entry: GroupEntry, { value, at }: Variable): void {
    const number = typeof value === 'string' && /^\s*[-+]?[0-9]+\s*$/.test(value) ? Number(value) : value;
    if (typeof number === 'number') entry.priority = Math.trunc(number);
    else {
      const message = `ansible_group_priority must be a whole number, found ${describe(value)}`;
      this.problems.push({ code: 'BAD_VALUE', message, place: at && placeOf(at) });
    }
  }
}

function inverted(edges: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const [from, all] of edges) {
    for (const to of all) {
      const known = result.get(to);
      if (known) known.push(from);
      else result.set(to, [from]);
    }
  }
  return result;
}

function set(entry: Entry, layer: string, name: string, variable: Variable): void {
  let vars = entry.layers.get(layer);
  if (!vars) entry.layers.set(layer, (vars = new Map<string, Variable>()));
  vars.set(name, variable);
}

const layers = (entry: Entry): Layer[] => [...entry.layers].map(([name, vars]) => ({ name, vars }));

const placeOfKey = (at: At | undefined): Place | undefined => at && placeOf(at, [], 'key');
