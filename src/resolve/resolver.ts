import type { Problem } from '../error.ts';
import { implicitHost, layersOf, type ConnectionDefaults, type Inventory, type Layer } from '../inventory.ts';
import type { RawPlay, RawTask } from '../playbook.ts';
import type { LazyMapping, Templates } from '../template.ts';
import { resolveConnection, type ResolvedConnection } from './connection.ts';
import { distinctProblems } from './distinct.ts';
import { foreseeOf, givenTo, namesOf, titleOf } from './given.ts';
import { hostvarsOf } from './hostvars.ts';
import { judge, type Verdict } from './judge.ts';
import { hostMagic, playMagic, sharedMagic } from './magic.ts';
import { resolvePlays, type ResolvedPlay } from './plays.ts';
import { Registry } from './registry.ts';
import { createRenderer, type Renderer } from './render.ts';
import { reservedNames } from './reserved.ts';
import type { Result } from './result.ts';
import { data, Variables, written, type Bindings, type Shared } from './scope.ts';
import { resolveTask } from './task.ts';
import type { BoundTask, ResolvedTask } from './types.ts';

export interface ResolverInput {
  /** The playbook's path. */
  readonly playbook: string;
  readonly plays: readonly RawPlay[];
  readonly inventory: Inventory;
  readonly templates: Templates;
  /** The hosts that `--limit` leaves; all of them if absent. */
  readonly limit?: readonly string[] | undefined;
  readonly extraVars?: Layer | undefined;
}

/** One task of a play on one host: its loop items, with what is wrong with them. */
export interface TaskOnHost {
  /** Its place in the play. */
  readonly index: number;
  readonly raw: RawTask;
  readonly tasks: readonly ResolvedTask[];
  readonly problems: readonly Problem[];
}

interface HostState {
  readonly registry: Registry;
  readonly scope: Variables;
  /** When each name was registered last. */
  readonly news: Map<string, number>;
  readonly resolved: Map<number, Looked>;
}

/** A task as it was resolved at some time, from these names. */
interface Looked {
  readonly task: TaskOnHost;
  readonly uses: ReadonlySet<string>;
  readonly time: number;
}

/**
 * Turns plays and hosts into tasks with everything rendered. Tasks are resolved when asked for, and again after
 * something that they use was registered. Places in the whole playbook are called ordinals.
 */
export class Resolver {
  readonly plays: readonly ResolvedPlay[];
  /** What is wrong with plays and names, apart from their tasks. */
  readonly problems: readonly Problem[];
  readonly #inventory: Inventory;
  readonly #extra: Layer | undefined;
  readonly #renderer: Renderer;
  readonly #shared: Shared;
  readonly #magic: Bindings;
  readonly #starts: readonly number[];
  readonly #registering: readonly number[];
  readonly #hosts = new Map<string, HostState>();
  readonly #playScopes = new Map<string, Variables>();
  /** By how many tasks before register something. */
  readonly #hostvars = new Map<number, LazyMapping>();
  /** Counts what was registered, on any host. */
  #time = 0;

  constructor({ playbook, plays, inventory, templates, limit, extraVars }: ResolverInput) {
    const renderer = createRenderer(templates);
    this.#inventory = inventory;
    this.#extra = extraVars;
    this.#renderer = renderer;
    this.#shared = { renderer, open: [], asked: new Set(), fixed: new Set(extraVars?.vars.keys()) };
    this.#magic = sharedMagic(inventory, playbook);
    const nobody = new Variables('', this.#shared, new Map([...this.#magic, ...bindingsOf(extraVars)]));
    const scope = (play: RawPlay): Variables => nobody.with(bindingsOf(layerOf(play)));
    const resolved = resolvePlays(plays, { playbook, inventory, limit, renderer, scope });
    this.plays = resolved.plays;
    this.problems = [...resolved.problems, ...reservedNames(plays, inventory, extraVars)];
    let next = 0;
    this.#starts = plays.map(({ tasks }) => (next += tasks.length) - tasks.length);
    this.#registering = plays.flatMap(({ tasks }, play) =>
      tasks.flatMap((task, index) => (namesOf(task).length === 0 ? [] : [this.#ordinal(play, index)])),
    );
  }

  /** The tasks of a play on one host, in order. */
  tasks(play: number, host: string): readonly TaskOnHost[] {
    // What an earlier play registers, or skips, decides what a later one finds.
    const looked = this.plays
      .slice(0, play + 1)
      .map(({ index, raw, hosts }) =>
        hosts.includes(host) ? raw.tasks.map((_, task) => this.#look(index, task, host)) : [],
      );
    return looked[play] ?? [];
  }

  /** Everything that is wrong with any play, name or task on any host. */
  check(): Problem[] {
    const found = this.plays.flatMap(({ index, hosts }) =>
      hosts.flatMap((host) => this.tasks(index, host).flatMap(({ problems }) => problems)),
    );
    return distinctProblems([...this.problems, ...found]);
  }

  /** Says what a task answered on a host, and which variables it set; tasks that use them are resolved anew. */
  register(
    play: number,
    task: number,
    host: string,
    result: Result,
    facts: Readonly<Record<string, unknown>> = {},
  ): void {
    const raw = this.plays[play]!.raw.tasks[task]!;
    const { registry, news } = this.#state(host);
    for (const name of namesOf(raw)) {
      registry.settle(this.#ordinal(play, task), name, givenTo(raw, name, { result, facts }));
      this.#tell(name, news);
    }
  }

  /** What `changed_when`, `failed_when` and `ignore_errors` make of a result. Throws what is wrong with them. */
  judge(task: BoundTask, result: Result): Verdict {
    return judge(task, result, this.#renderer);
  }

  connection(play: number, host: string, commandLine: ConnectionDefaults = {}): ResolvedConnection {
    return resolveConnection(this.plays[play]!.raw, this.variables(play, host), this.#renderer, commandLine);
  }

  /** Every layer that gives a variable a value for a host in a play; the last one counts. */
  origins(play: number, host: string, name: string): Layer[] {
    const layers = [...this.#layers(host), layerOf(this.plays[play]!.raw), ...(this.#extra ? [this.#extra] : [])];
    return layers.filter(({ vars }) => vars.has(name));
  }

  /** The variables of a host in a play, outside of its tasks. */
  variables(play: number, host: string): Variables {
    const key = `${play} ${host}`;
    let scope = this.#playScopes.get(key);
    if (!scope) {
      const { raw, lab, name, hosts } = this.plays[play]!;
      const own = new Map([...bindingsOf(layerOf(raw)), ...playMagic(lab, name, hosts)]);
      scope = this.#state(host).scope.with(own);
      this.#playScopes.set(key, scope);
    }
    return scope;
  }

  #look(play: number, index: number, host: string): TaskOnHost {
    const ordinal = this.#ordinal(play, index);
    const { registry, news, resolved } = this.#state(host);
    const known = resolved.get(ordinal);
    if (known && !this.#isOld(known, news)) return known.task;
    const raw = this.plays[play]!.raw.tasks[index]!;
    const uses = new Set<string>();
    this.#shared.asked = uses;
    const visible = this.#visible(host, ordinal);
    const found = resolveTask(raw, `${play}/${index}`, this.variables(play, host), visible, this.#renderer);
    const task = { index, raw, ...found };
    resolved.set(ordinal, { task, uses, time: this.#time });
    const foreseen = foreseeOf(raw, found);
    for (const name of namesOf(raw)) {
      if (registry.foresee(ordinal, name, givenTo(raw, name, foreseen))) this.#tell(name, news);
    }
    return task;
  }

  #isOld({ uses, time }: Looked, news: ReadonlyMap<string, number>): boolean {
    if (time === this.#time) return false;
    if (uses.has('hostvars')) return true;
    for (const [name, since] of news) if (since > time && uses.has(name)) return true;
    return false;
  }

  #tell(name: string, news: Map<string, number>): void {
    this.#time += 1;
    news.set(name, this.#time);
    this.#hostvars.clear();
  }

  /** What earlier tasks have registered, and `hostvars`, which shows the same of other hosts. */
  #visible(host: string, ordinal: number): Bindings {
    const stage = this.#registering.filter((one) => one < ordinal).length;
    let hostvars = this.#hostvars.get(stage);
    if (!hostvars) {
      const scopeOf = (name: string): Variables => this.#state(name).scope.with(this.#visible(name, ordinal));
      hostvars = hostvarsOf([...this.#inventory.hosts.keys()], scopeOf, (pending) => {
        this.#renderer.lacks(pending);
      });
      this.#hostvars.set(stage, hostvars);
    }
    return this.#state(host).registry.before(ordinal).set('hostvars', data(hostvars));
  }

  #state(host: string): HostState {
    let state = this.#hosts.get(host);
    if (!state) {
      const bindings = [
        ...this.#layers(host).flatMap((layer) => [...bindingsOf(layer)]),
        ...this.#magic,
        ...hostMagic(this.#inventory, host),
        ...bindingsOf(this.#extra),
      ];
      const scope = new Variables(host, this.#shared, new Map(bindings));
      state = { registry: this.#registryOf(host), scope, news: new Map(), resolved: new Map() };
      this.#hosts.set(host, state);
    }
    return state;
  }

  #registryOf(host: string): Registry {
    const registry = new Registry();
    for (const { index, raw, hosts } of this.plays) {
      if (!hosts.includes(host)) continue;
      raw.tasks.forEach((task, place) => {
        for (const name of namesOf(task)) registry.expect(this.#ordinal(index, place), name, titleOf(task));
      });
    }
    return registry;
  }

  #layers(host: string): Layer[] {
    return layersOf(this.#inventory, implicitHost(this.#inventory, host));
  }

  #ordinal(play: number, index: number): number {
    return this.#starts[play]! + index;
  }
}

const bindingsOf = (layer: Layer | undefined): Bindings =>
  new Map(
    [...(layer?.vars ?? [])].map(([name, variable]) => [
      name,
      variable.isData ? data(variable.value, variable.at) : written(variable),
    ]),
  );

const layerOf = ({ at: { source, path }, vars }: RawPlay): Layer => ({
  name: 'the play',
  vars: new Map(
    Object.entries(vars).map(([name, value]) => [name, { value, at: { source, path: [...path, 'vars', name] } }]),
  ),
});
