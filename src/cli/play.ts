import type { Problem } from '../error.ts';
import {
  loopResult,
  resultOf,
  setsOf,
  skippedResult,
  type BoundTask,
  type ResolvedPlay,
  type ResolvedTask,
  type Resolver,
  type Result,
} from '../resolve.ts';
import type { ActItem, Item, Play, Settled, Written } from '../run.ts';
import { placeOf } from '../source.ts';
import { isDeclarative, type Judgement, type Outcome } from '../task.ts';
import { validateArgs } from '../validate.ts';

/** A play of the resolver as the run wants it: tasks validated and typed, results registered. */
export class BoundPlay implements Play {
  readonly lab: string;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly written: readonly Written[];
  readonly #resolver: Resolver;
  readonly #index: number;
  /** A resolved task stays the same object until something that it uses was registered. */
  readonly #items = new WeakMap<ResolvedTask, Checked>();
  readonly #bound = new WeakMap<ActItem, BoundTask>();
  /** Results of a loop's items, by host and task, until all are there. */
  readonly #results = new Map<string, { item: unknown; result: Result; facts: Facts }[]>();

  constructor(resolver: Resolver, { index, raw, lab, name, hosts }: ResolvedPlay) {
    this.#resolver = resolver;
    this.#index = index;
    this.lab = lab;
    this.name = raw.name === undefined ? '' : name;
    this.hosts = hosts;
    this.written = raw.tasks.map(({ kind, name: title }, place) => ({
      index: place,
      title: title ?? kind.kind,
      procedural: !isDeclarative(kind),
      barrier: !isDeclarative(kind) && kind.barrier === true,
    }));
  }

  items(host: string): readonly Item[] {
    return this.#checked(host).map(({ item }) => item);
  }

  /** The items whose options are as they should be. */
  sound(host: string): Item[] {
    return this.#checked(host).flatMap(({ item, problems }) => (problems.length === 0 ? [item] : []));
  }

  /** What is wrong with options that templates were rendered into. */
  check(): Problem[] {
    return this.hosts.flatMap((host) => this.#checked(host).flatMap(({ problems }) => problems));
  }

  judge(item: ActItem, outcomes: readonly Outcome[], judgement: Judgement): Settled {
    return this.#hide(item, this.#judge(item, outcomes, judgement));
  }

  settle(host: string, item: ActItem, outcomes: readonly Outcome[], judgement: Judgement): Settled {
    const bound = this.#bound.get(item)!;
    if (item.skipped !== undefined) {
      this.#register(host, item, bound, skippedResult(item.skipped), {});
      return { ...judgement, ignored: false };
    }
    const settled = this.#judge(item, outcomes, judgement);
    const facts = settled.failed === undefined ? setsOf(item.kind, item.args) : {};
    this.#register(host, item, bound, resultOf(settled, outcomes), facts);
    return this.#hide(item, settled);
  }

  #judge(item: ActItem, outcomes: readonly Outcome[], judgement: Judgement): Settled {
    const verdict = this.#resolver.judge(this.#bound.get(item)!, resultOf(judgement, outcomes));
    const failed = verdict.failed ?? judgement.failed !== undefined;
    const why = judgement.failed ?? 'failed_when is true';
    const changed = verdict.changed ?? judgement.changed;
    return { ...judgement, changed, failed: failed ? why : undefined, ignored: verdict.ignoreErrors };
  }

  #hide(item: ActItem, settled: Settled): Settled {
    if (!this.#bound.get(item)!.raw.noLog) return settled;
    const hidden = 'hidden by no_log';
    return { ...settled, detail: hidden, failed: settled.failed === undefined ? undefined : hidden };
  }

  #register(host: string, item: ActItem, bound: BoundTask, result: Result, facts: Facts): void {
    const { raw } = bound;
    if (raw.loop === undefined) {
      this.#resolver.register(this.#index, item.index, host, result, facts);
      return;
    }
    const key = `${host} ${item.index}`;
    const results = [...(this.#results.get(key) ?? []), { item: bound.item, result, facts }];
    this.#results.set(key, results);
    const all = this.items(host).filter(({ index }) => index === item.index).length;
    if (results.length < all) return;
    this.#results.delete(key);
    const set = Object.fromEntries(results.flatMap((one) => Object.entries(one.facts)));
    this.#resolver.register(this.#index, item.index, host, loopResult(raw.loopControl.loopVar, results), set);
  }

  #checked(host: string): Checked[] {
    return this.#resolver
      .tasks(this.#index, host)
      .flatMap(({ index, tasks }) => tasks.map((task) => this.#check(task, index)));
  }

  #check(task: ResolvedTask, index: number): Checked {
    const known = this.#items.get(task);
    if (known) return known;
    const made = this.#make(task, index);
    this.#items.set(task, made);
    if (made.item.sort === 'act' && task.status === 'bound') this.#bound.set(made.item, task);
    return made;
  }

  #make(task: ResolvedTask, index: number): Checked {
    const { raw, key, name, label, argsAt: at } = task;
    const { kind, adopt } = raw;
    const title = label === undefined ? name : `${name} ${label}`;
    const common = { key, index, title };
    if (task.status === 'deferred') return { item: { sort: 'late', ...common, reason: task.after }, problems: [] };
    const { skipped } = task;
    const { value: args, problems: wrong } = validateArgs(kind, task.args ?? {}, at);
    const mistakes = wrong.length > 0 ? [] : (kind.check?.(args) ?? []);
    const problems = [...wrong, ...mistakes.map(({ path, ...rest }) => ({ ...rest, place: placeOf(at, path) }))];
    // What is skipped may be wrong in what guards it; then nobody knows what it would own.
    if (isDeclarative(kind)) {
      if (skipped !== undefined && (task.args === undefined || problems.length > 0)) {
        return { item: { sort: 'skipped', ...common, reason: skipped }, problems: [] };
      }
      return { item: { sort: 'state', ...common, task: { key, kind, args, at, title, adopt, skipped } }, problems };
    }
    const values = task.values ?? {};
    const item: Item = { sort: 'act', ...common, kind, args, at, skipped, values, secret: raw.noLog };
    return { item, problems: skipped === undefined ? problems : [] };
  }
}

type Facts = Readonly<Record<string, unknown>>;

interface Checked {
  readonly item: Item;
  readonly problems: readonly Problem[];
}
