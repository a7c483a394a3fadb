import { NetwrightError, type Problem } from '../error.ts';
import type { ConnectionDefaults, Inventory, Layer } from '../inventory.ts';
import type { Given, RawPlay, Role } from '../playbook.ts';
import type { LazyMapping } from '../template.ts';
import { resolveConnection, type ResolvedConnection } from './connection.ts';
import { distinctProblems } from './distinct.ts';
import { foreseeOf, givenTo, namesOf, titleOf } from './given.ts';
import { Handlers } from './handlers.ts';
import { hostvarsOf } from './hostvars.ts';
import type { ResolverInput } from './input.ts';
import { judge, type Verdict } from './judge.ts';
import { modeMagic } from './magic.ts';
import { isOld, tooManyTasks, type HostState } from './looked.ts';
import { NOWHERE } from './lookup.ts';
import { resolvePlays, type ResolvedPlay } from './plays.ts';
import { Registry } from './registry.ts';
import { createRenderer, type Renderer } from './render.ts';
import { reservedNames } from './reserved.ts';
import type { Result } from './result.ts';
import { bindingsOf, data, type Bindings, type Shared, type Variables } from './scope.ts';
import { Scopes } from './scopes.ts';
import { select, startProblems } from './select.ts';
import { resolveTask } from './task.ts';
import type { BoundTask, TaskOnHost } from './types.ts';
import { answersOf } from './prompts.ts';
import { PlaysGiven } from './vars-files.ts';

/**
 * Turns plays and hosts into tasks with everything rendered. Tasks are resolved when asked for, and again after
 * something that they use was registered. Places in the whole playbook are called ordinals.
 */
export class Resolver {
  readonly plays: readonly ResolvedPlay[];
  /** What is wrong with plays and names, apart from their tasks. */
  readonly problems: readonly Problem[];
  /** By play. */
  readonly #members: readonly ReadonlySet<string>[];
  readonly #inventory: Inventory;
  readonly #extra: Layer | undefined;
  readonly #renderer: Renderer;
  readonly #shared: Shared;
  readonly #scopes: Scopes;
  readonly #starts: readonly number[];
  readonly #registering: readonly number[];
  readonly #hosts = new Map<string, HostState>();
  readonly #given: PlaysGiven;
  readonly #chosen: readonly (readonly boolean[])[];
  readonly #commandLine: ConnectionDefaults;
  readonly #handlers: Handlers[] = [];
  /** By how many tasks before register something. */
  readonly #hostvars = new Map<string, LazyMapping>();
  #left: number;
  /** Counts what was registered, on any host. */
  #time = 0;

  constructor(input: ResolverInput) {
    const { playbook, plays, inventory, templates, limit, extraVars, reveal, secrets } = input;
    const renderer = createRenderer(templates, reveal && { reveal, secrets, read: input.readSources });
    this.#inventory = inventory;
    this.#left = input.mostTasks ?? Infinity;
    this.#extra = extraVars;
    this.#renderer = renderer;
    this.#shared = {
      renderer,
      secrets,
      surroundings: input.surroundings ?? NOWHERE,
      open: [],
      asked: new Set(),
      fixed: new Set(extraVars?.vars.keys()),
    };
    const chosen = input.chosen ?? { tags: [], skipTags: [] };
    const mode = modeMagic(input.mode ?? { check: false, diff: false, verbosity: 0 }, chosen);
    this.#scopes = new Scopes(inventory, playbook, extraVars, this.#shared, mode, input.facts, input.inventorySource);
    const answers = plays.map((play) => answersOf(play, extraVars, input.ask));
    this.#given = new PlaysGiven(plays, answers, this.#scopes, renderer);
    const scope = (play: RawPlay): Variables => this.#scopes.nobody.with(this.#given.everybody(plays.indexOf(play)));
    const resolved = resolvePlays(plays, { playbook, inventory, limit, renderer, scope });
    this.plays = resolved.plays;
    this.#members = this.plays.map(({ hosts }) => new Set(hosts));
    for (const { index, gathers, hosts } of this.plays) if (gathers) this.#scopes.gathers(hosts, index);
    this.problems = [
      ...(input.problems ?? []),
      ...this.#given.problems,
      ...resolved.problems,
      ...reservedNames(plays, inventory, extraVars),
      ...startProblems(plays, chosen),
    ];
    this.#chosen = select(plays, chosen);
    this.#commandLine = input.connection ?? {};
    this.#starts = plays.map((_, index) => plays.slice(0, index).reduce((sum, { tasks }) => sum + tasks.length, 0));
    this.#registering = plays.flatMap(({ tasks }, play) =>
      tasks.flatMap((task, index) => (namesOf(task).length === 0 ? [] : [this.#ordinal(play, index)])),
    );
  }

  /** The tasks of a play on one host, in order. */
  tasks(play: number, host: string): readonly TaskOnHost[] {
    const state = this.#state(host);
    const begun = this.#time;
    const settled = state.settled.time === begun ? state.settled.plays : 0;
    const look = ({ index, raw }: ResolvedPlay): TaskOnHost[] =>
      this.#members[index]!.has(host) ? raw.tasks.map((_, task) => this.#look(index, task, host)) : [];
    // What an earlier play registers, or skips, decides what a later one finds.
    for (const earlier of this.plays.slice(settled, play)) look(earlier);
    const looked = look(this.plays[play]!);
    if (this.#time === begun) state.settled = { time: begun, plays: Math.max(settled, play + 1) };
    return looked;
  }

  /** Everything that is wrong with any play, name or task on any host. */
  check(): Problem[] {
    const found = this.plays.flatMap(({ index, hosts }) =>
      hosts.flatMap((host) => [
        ...this.#given.host(index, host).problems,
        ...this.tasks(index, host).flatMap(({ problems }) => problems),
      ]),
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

  /** Says that a task is passed over on a host: what it would have registered stays as it was. */
  pass(play: number, task: number, host: string): void {
    const { registry, news } = this.#state(host);
    for (const name of namesOf(this.plays[play]!.raw.tasks[task]!)) {
      registry.settle(this.#ordinal(play, task), name, 'nothing');
      this.#tell(name, news);
    }
  }

  /** What `changed_when`, `failed_when` and `ignore_errors` make of a result. Throws what is wrong with them. */
  judge(task: BoundTask, result: Result): Verdict {
    return judge(task, result, this.#renderer);
  }

  /** The handlers that a task notifies when it changes something, by their places. */
  notified(
    play: number,
    task: BoundTask,
  ): { readonly places: readonly number[]; readonly problems: readonly Problem[] } {
    return this.handlers(play).notifiedBy(task, this.#renderer);
  }

  handlers(play: number): Handlers {
    return (this.#handlers[play] ??= new Handlers(this.plays[play]!.raw, ({ name = '', at }) => {
      try {
        return String(this.keyword(play, { value: name, at }));
      } catch (error) {
        if (error instanceof NetwrightError) return name;
        throw error;
      }
    }));
  }

  /** Whether the command line chose a task. */
  isChosen(play: number, task: number): boolean {
    return this.#chosen[play]![task]!;
  }

  connection(play: number, host: string): ResolvedConnection {
    return resolveConnection(this.plays[play]!.raw, this.variables(play, host), this.#renderer, this.#commandLine);
  }

  /** How a host is reached that no play is for; nothing for one that is unknown. */
  elsewhere(host: string): ResolvedConnection | undefined {
    if (!this.#inventory.hosts.has(host) && host !== 'localhost') return undefined;
    return resolveConnection({}, this.#scopes.host(host), this.#renderer, this.#commandLine);
  }

  /** All hosts of the inventory. */
  get hosts(): readonly string[] {
    return [...this.#inventory.hosts.keys()];
  }

  /** Every layer that gives a variable a value for a host in a play, outside of its tasks; the last one counts. */
  origins(play: number, host: string, name: string): Layer[] {
    const { vars, roleVars, roleDefaults } = this.plays[play]!.raw;
    const own = [
      { name: 'the play', vars },
      ...this.#given.host(play, host).layers,
      { name: 'its roles', vars: roleVars },
    ];
    const weak = { name: 'defaults of its roles', vars: roleDefaults };
    const layers = [weak, ...this.#scopes.layers(host), ...own, ...(this.#extra ? [this.#extra] : [])];
    return layers.filter((layer) => layer.vars.has(name));
  }

  /** The variables of a host in a play, outside of its tasks, or in a role of its. */
  variables(play: number, host: string, role?: Role): Variables {
    return this.#scopes.play(this.plays[play]!, this.#given.host(play, host), host, role);
  }

  /** A keyword that is the same for all hosts of a play. */
  keyword(play: number, given: Given | undefined): unknown {
    const { roleDefaults } = this.plays[play]!.raw;
    const scope = this.#scopes.nobody.with(bindingsOf(roleDefaults)).with(this.#given.everybody(play));
    return given && this.#renderer.value(given.value, given.at, scope);
  }

  #look(play: number, index: number, host: string): TaskOnHost {
    const ordinal = this.#ordinal(play, index);
    const { registry, news, resolved } = this.#state(host);
    const known = resolved.get(ordinal);
    if (known && !isOld(known, news, this.#time)) return known.task;
    const raw = this.plays[play]!.raw.tasks[index]!;
    const uses = new Set<string>();
    this.#shared.asked = uses;
    const visible = this.#visible(host, play, ordinal);
    const above = this.variables(play, host, raw.role);
    const chosen = this.#chosen[play]![index]!;
    const isHere = raw.hosts?.has(host) ?? true;
    const found = isHere
      ? resolveTask(raw, `${play}/${index}`, above, visible, this.#renderer, this.#commandLine)
      : { tasks: [], problems: [] };
    if (!known && (this.#left -= found.tasks.length) < 0) throw tooManyTasks(raw);
    const task = { index, raw, ...found, chosen, ...(chosen ? {} : { problems: [] }) };
    resolved.set(ordinal, { task, uses, time: this.#time });
    const foreseen = foreseeOf(raw, found);
    for (const name of chosen && isHere ? namesOf(raw) : []) {
      if (registry.foresee(ordinal, name, givenTo(raw, name, foreseen))) this.#tell(name, news);
    }
    return task;
  }

  #tell(name: string, news: Map<string, number>): void {
    this.#time += 1;
    news.set(name, this.#time);
    this.#hostvars.clear();
  }

  /** What earlier tasks have registered, and `hostvars`, which shows the same of other hosts. */
  #visible(host: string, play: number, ordinal: number): Bindings {
    const stage = `${play} ${this.#registering.filter((one) => one < ordinal).length}`;
    let hostvars = this.#hostvars.get(stage);
    if (!hostvars) {
      const scopeOf = (name: string): Variables =>
        this.#scopes.host(name, play).with(this.#visible(name, play, ordinal));
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
      state = {
        registry: this.#registryOf(host),
        news: new Map(),
        resolved: new Map(),
        settled: { time: 0, plays: 0 },
      };
      this.#hosts.set(host, state);
    }
    return state;
  }

  #registryOf(host: string): Registry {
    const registry = new Registry();
    for (const { index, raw } of this.plays) {
      if (!this.#members[index]!.has(host)) continue;
      raw.tasks.forEach((task, place) => {
        const isDone = this.#chosen[index]![place]! && (task.hosts?.has(host) ?? true);
        for (const name of isDone ? namesOf(task) : []) {
          registry.expect(this.#ordinal(index, place), name, titleOf(task));
        }
      });
    }
    return registry;
  }

  #ordinal(play: number, index: number): number {
    return this.#starts[play]! + index;
  }
}
