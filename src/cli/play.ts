import type { Problem } from '../error.ts';
import type { Inventory } from '../inventory.ts';
import {
  loopResult,
  resultOf,
  setByFailure,
  setsOf,
  skippedResult,
  type BoundTask,
  type DeferredTask,
  type ResolvedPlay,
  type ResolvedTask,
  type Resolver,
  type Result,
} from '../resolve.ts';
import type { ActItem, Item, Play, Settled, Written } from '../run.ts';
import { HIDDEN } from '../report.ts';
import { hushed } from '../hushed.ts';
import { placeOf } from '../source.ts';
import { isDeclarative, type Judgement, type Outcome, type Peer } from '../task.ts';
import type { LabTask } from '../plan.ts';
import { isMapping, validateArgs } from '../validate.ts';
import { writtenOf } from './written.ts';
import { peersOf } from './peers.ts';

/** A play of the resolver as the run wants it: tasks validated and typed, results registered. */
export class BoundPlay implements Play {
  readonly lab: string;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly confirm: number | undefined;
  readonly batches: readonly (readonly string[])[];
  readonly free: boolean;
  readonly maxFailPercentage: number | undefined;
  readonly forceHandlers: boolean;
  readonly written: readonly Written[];
  readonly #resolver: Resolver;
  readonly #index: number;
  /** What is wrong with the play's own keywords. */
  readonly #problems: readonly Problem[];
  readonly #peers: (group: string) => readonly Peer[] | undefined;
  /** A resolved task stays the same object until something that it uses was registered. */
  readonly #items = new WeakMap<ResolvedTask, Checked>();
  readonly #bound = new WeakMap<ActItem, BoundTask>();
  /** Results of a loop's items, by host and task, until all are there. */
  readonly #results = new Map<string, { item: unknown; result: Result; facts: Facts }[]>();

  constructor(resolver: Resolver, inventory: Inventory, play: ResolvedPlay, forceHandlers = false) {
    const { index, raw, lab, name, hosts, batches } = play;
    this.#resolver = resolver;
    this.#index = index;
    this.#peers = (group) => peersOf(resolver, inventory, index, group);
    this.lab = lab;
    this.name = raw.name === undefined ? '' : name;
    this.hosts = hosts;
    this.confirm = raw.confirm;
    this.batches = batches;
    const { problems, ...own } = writtenOf(resolver, play, forceHandlers);
    this.free = own.free;
    this.maxFailPercentage = own.maxFailPercentage;
    this.forceHandlers = own.forceHandlers;
    this.written = own.written;
    this.#problems = problems;
  }

  handlerName(place: number): string {
    return this.#resolver.handlers(this.#index).name(place);
  }

  handlersNamed(name: string): readonly number[] {
    return this.#resolver.handlers(this.#index).named(name);
  }

  items(host: string): readonly Item[] {
    return this.#checked(host).flatMap(({ item }) => (item.sort === 'act' && !item.chosen ? [] : [item]));
  }

  /** The items whose options are as they should be. */
  sound(host: string): Item[] {
    return this.#checked(host).flatMap(({ item, problems }) => (problems.length === 0 ? [item] : []));
  }

  /** Whether anything of it can be known only when its hosts were looked at. */
  waitsForLook(): boolean {
    return this.hosts.some((host) => this.items(host).some((item) => item.sort === 'late' && item.look));
  }

  /** What is wrong with options that templates were rendered into. */
  check(): Problem[] {
    return [
      ...this.#problems,
      ...this.hosts.flatMap((host) => this.#checked(host).flatMap(({ problems }) => problems)),
    ];
  }

  judge(item: ActItem, outcomes: readonly Outcome[], judgement: Judgement, attempt: number): Settled {
    const bound = this.#bound.get(item)!;
    const { attempts, noLog } = bound.how;
    const more = attempts > 1 ? { attempts: attempt } : {};
    const verdict = this.#resolver.judge(bound, { ...resultOf(judgement, outcomes), ...more });
    const isDone = verdict.done ?? !(verdict.failed ?? judgement.failed !== undefined);
    const isLast = attempt >= attempts;
    const failed = (verdict.failed ?? judgement.failed !== undefined) || (verdict.done === false && isLast);
    const why =
      judgement.failed ?? (verdict.failed ? 'failed_when is true' : `until is not true after ${attempt} tries`);
    return {
      ...judgement,
      changed: verdict.changed ?? judgement.changed,
      failed: failed ? why : undefined,
      ignored: verdict.ignoreErrors,
      again: !isDone && !isLast,
      more,
      shown: noLog
        ? { detail: HIDDEN, failed: failed ? HIDDEN : undefined, diffs: undefined }
        : { detail: judgement.detail, failed: failed ? why : undefined, diffs: judgement.diffs },
    };
  }

  pass(host: string, index: number): void {
    this.#resolver.pass(this.#index, index, host);
  }

  stated(host: string, index: number, failed: string | undefined): void {
    const { raw } = this.#resolver.plays[this.#index]!;
    const result = { changed: false, failed: true, msg: failed };
    const facts = failed === undefined ? {} : setByFailure(raw.tasks[index]!, result);
    this.#resolver.register(this.#index, index, host, result, facts);
  }

  register(hosts: readonly string[], item: ActItem, outcomes: readonly Outcome[], settled: Settled): void {
    const bound = this.#bound.get(item)!;
    const isDone = item.skipped === undefined;
    const own = isDone ? { ...resultOf(settled, outcomes), ...settled.more } : skippedResult(item.skipped);
    const failed = settled.failed !== undefined && !settled.ignored ? setByFailure(bound.raw, own) : {};
    const facts = isDone && settled.failed === undefined ? setsOf(item.kind, item.args) : failed;
    const all = this.#gathered(hosts[0]!, item, bound, own, facts);
    if (all) for (const host of hosts) this.#resolver.register(this.#index, item.index, host, all.result, all.facts);
  }

  /** The result of the whole task, once all items of its loop have theirs. */
  #gathered(host: string, item: ActItem, { raw, item: of }: BoundTask, result: Result, facts: Facts) {
    if (raw.loop === undefined) return { result, facts };
    const key = `${host} ${item.index}`;
    const results = [...(this.#results.get(key) ?? []), { item: of, result, facts }];
    this.#results.set(key, results);
    const all = this.items(host).filter(({ index }) => index === item.index).length;
    if (results.length < all) return undefined;
    this.#results.delete(key);
    const set = Object.fromEntries(results.flatMap((one) => Object.entries(one.facts)));
    return { result: loopResult(raw.loopControl.loopVar, results), facts: set };
  }

  #checked(host: string): Checked[] {
    return this.#resolver
      .tasks(this.#index, host)
      .flatMap(({ index, tasks, chosen }) => tasks.map((task) => this.#check(task, index, chosen)));
  }

  #check(task: ResolvedTask, index: number, chosen: boolean): Checked {
    const known = this.#items.get(task);
    if (known) return known;
    const made = this.#make(task, index, chosen);
    this.#items.set(task, made);
    if (made.item.sort === 'act' && task.status === 'bound') this.#bound.set(made.item, task);
    return made;
  }

  #make(task: ResolvedTask, index: number, chosen: boolean): Checked {
    const { raw, key, name, argsAt: at } = task;
    // As long as it is not known whether it is to be hidden, it is.
    const secret = task.how?.noLog ?? raw.noLog !== undefined;
    const label = secret ? undefined : task.label;
    const { kind, adopt } = raw;
    const { value: args, problems: wrong } = validateArgs(kind, task.args ?? {}, at);
    // What a state without a name is about: `container web`. An act tells it itself.
    const isAbout = raw.name === undefined && !secret && isMapping(task.args) && wrong.length === 0;
    const named = label === undefined ? name : `${name} ${label}`;
    const title = isAbout && isDeclarative(kind) ? kind.identity(args) : named;
    const common = { key, index, title, name, label, chosen, notify: [] };
    const procedural = !isDeclarative(kind);
    if (task.status === 'deferred') {
      if (!chosen && !procedural) return sound({ sort: 'skipped', ...common, reason: NOT_CHOSEN });
      const late = { sort: 'late', ...common, reason: task.after, procedural, look: task.look } as const;
      return sound({
        ...late,
        user: task.how?.user,
        task: wrong.length === 0 ? this.#foreseen(task, args, title) : undefined,
      });
    }
    const skipped = chosen ? task.skipped : NOT_CHOSEN;
    const mistakes = wrong.length > 0 ? [] : (kind.check?.(args) ?? []);
    const open = [...wrong, ...mistakes.map(({ path, ...rest }) => ({ ...rest, place: placeOf(at, path) }))];
    const problems = secret ? hushed(open, task.args) : open;
    const { places: notify, problems: unknown } = this.#resolver.notified(this.#index, task);
    // What is skipped may be wrong in what guards it; then nobody knows what it would own.
    if (isDeclarative(kind)) {
      if (skipped !== undefined && (task.args === undefined || problems.length > 0)) {
        return sound({ sort: 'skipped', ...common, reason: skipped });
      }
      const own = { key, kind, args, at, title, adopt, skipped, peers: this.#peers, secret };
      return {
        item: { sort: 'state', ...common, notify, task: own, user: task.how.user },
        problems: [...problems, ...unknown],
      };
    }
    const { how, values = {}, sources = {} } = task;
    const item: Item = {
      sort: 'act',
      ...common,
      notify,
      kind,
      args,
      at,
      skipped,
      values,
      sources,
      how,
      secret,
    };
    return { item, problems: skipped === undefined ? [...problems, ...unknown] : [] };
  }

  /** A state of which only a condition is open, if its options are as they should be. */
  #foreseen({ raw, key, argsAt: at, args: given }: DeferredTask, args: unknown, title: string): LabTask | undefined {
    const { kind, adopt } = raw;
    if (!isDeclarative(kind) || given === undefined || (kind.check?.(args) ?? []).length > 0) return undefined;
    return { key, kind, args, at, title, adopt, peers: this.#peers };
  }
}

const NOT_CHOSEN = 'not chosen by tags';

type Facts = Readonly<Record<string, unknown>>;

interface Checked {
  readonly item: Item;
  readonly problems: readonly Problem[];
}

const sound = (item: Item): Checked => ({ item, problems: [] });
