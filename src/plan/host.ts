import { linkGroup } from '../address.ts';
import type { Problem } from '../error.ts';
import type { Ledger } from '../facts/ledger.ts';
import type { World } from '../facts/world.ts';
import type { Change, Entry, Ground, Verdict, Wanted } from '../object.ts';
import { placeOf } from '../source.ts';
import type { Context, Endpoint } from '../task.ts';
import type { Assigned } from '../topology.ts';
import { contextOf, isAbsent, keyOf, typeOf, type LabTask } from './context.ts';
import { currentEntries, heldAddresses, nextLedger, otherEntries } from './ledger.ts';
import { orphans, unproven } from './orphans.ts';

/** One line of a plan: a task of the playbook, or something that left it. */
export interface PlannedTask {
  readonly key: string;
  readonly title: string;
  readonly verdict: '+' | '~' | '-' | '=' | 'skipped';
  readonly changes: readonly Change[];
  /** Said instead of the list of changes when the task makes something new. */
  readonly summary?: string | undefined;
  readonly notes: readonly string[];
}

/** What shall happen on one host, and what its ledger says before and after. */
export interface HostPlan {
  readonly tasks: readonly PlannedTask[];
  readonly problems: readonly Problem[];
  /** Written before the first change: everything that may exist of ours from then on. */
  readonly intent: Ledger;
  /** Written after the last change. */
  readonly final: Ledger;
  readonly assigned: ReadonlyMap<string, Assigned>;
  readonly endpoints: readonly Endpoint[];
  readonly context: Context;
  /** The world as it will be. */
  readonly after: World;
  /** What may be the lab's, but is not proven to be; only named. */
  readonly unproven: readonly string[];
}

export interface HostInput {
  readonly lab: string;
  readonly host: string;
  /** The playbook, as a path in its repository. */
  readonly playbook: string;
  readonly tasks: readonly LabTask[];
  readonly world: World;
  /** Whether what left the playbook goes away. */
  readonly prune: boolean;
  /** Also take away what only its marks tell to be the lab's: for `destroy`. */
  readonly orphans?: boolean | undefined;
  /** The keys of the tasks that this plan is about; the others belong to another segment. All, if absent. */
  readonly only?: ReadonlySet<string> | undefined;
  /** The containers of the play's other hosts. */
  readonly everywhere?: (() => readonly Endpoint[]) | undefined;
}

/** Plans the tasks of one host in order, each on what the ones before it leave behind. Changes nothing it is given. */
export function planHost(input: HostInput): HostPlan {
  const { lab, host, playbook, tasks, prune } = input;
  const world = structuredClone(input.world);
  const before = world.ledgers[lab];
  const entries = currentEntries(before, world.boot);
  if (input.orphans) for (const [key, entry] of orphans(world, lab, entries)) entries.set(key, entry);
  const {
    context,
    problems: addressProblems,
    assigned,
    endpoints,
  } = contextOf(lab, host, tasks, heldAddresses(before), input.everywhere);
  const problems: Problem[] = [...addressProblems];
  const planner = new Planner(lab, world, entries, problems);
  const wants = new Map<LabTask, Wanted[]>();
  if (problems.length === 0) {
    for (const task of tasks) if (!isAbsent(task)) wants.set(task, task.kind.objects(task.args, context));
  }
  const strong = new Map<string, Wanted>();
  for (const wanted of [...wants.values()].flat()) if (wanted.weak !== true) strong.set(keyOf(wanted), wanted);
  const intended = new Map(entries);
  const planned: PlannedTask[] = [];
  const stay = new Set(tasks.filter((task) => !isAbsent(task)).map((task) => task.kind.identity(task.args)));

  for (const task of problems.length === 0 ? tasks : []) {
    if (input.only && !input.only.has(task.key)) continue;
    const { key, title } = task;
    if (task.skipped !== undefined) {
      planned.push({ key, title, verdict: 'skipped', changes: [], summary: task.skipped, notes: [] });
      continue;
    }
    const identity = task.kind.identity(task.args);
    if (isAbsent(task)) {
      const changes = planner.removeOwner(identity, task, task.kind.primary?.(task.args, context));
      planned.push({ key, title, verdict: changes.length > 0 ? '-' : '=', changes, notes: [] });
      continue;
    }
    const objects = (wants.get(task) ?? []).map((wanted) => strong.get(keyOf(wanted)) ?? wanted);
    const { changes, made } = planner.want(identity, task, objects);
    for (const [name, entry] of planner.entries) intended.set(name, entry);
    changes.push(...planner.removeStale(identity, new Set(objects.map(keyOf)), task));
    const verdict = changes.length === 0 ? '=' : made ? '+' : '~';
    const summary = made ? task.kind.summary?.(task.args, context) : undefined;
    planned.push({ key, title, verdict, changes, summary, notes: notesOf(task, assigned) });
  }
  if (prune && problems.length === 0) planned.push(...planner.prune(stay));
  const held = holding(assigned, before, planner.entries, tasks);
  const ledger = { lab, playbook, boot: world.boot, held };
  return {
    tasks: planned,
    problems,
    intent: nextLedger({ ...ledger, held: { ...before?.held, ...held } }, intended),
    final: nextLedger(ledger, planner.entries),
    assigned,
    endpoints,
    context,
    after: world,
    unproven: input.orphans ? unproven(world, lab, planner.entries) : [],
  };
}

const notesOf = (task: LabTask, assigned: ReadonlyMap<string, Assigned>): string[] =>
  (task.kind.attachments?.(task.args) ?? []).flatMap(
    ({ container, interface: name }) => assigned.get(`${container}/${name}`)?.notes ?? [],
  );

/** A container keeps its addresses until it is pruned or taken away, whatever is skipped meanwhile. */
function holding(
  assigned: ReadonlyMap<string, Assigned>,
  before: Ledger | undefined,
  entries: ReadonlyMap<string, Entry>,
  tasks: readonly LabTask[],
): Record<string, readonly string[]> {
  const alive = new Set<string>();
  for (const task of tasks) if (!isAbsent(task)) alive.add(task.kind.identity(task.args));
  for (const { owners } of entries.values()) for (const owner of owners) alive.add(owner);
  const held: Record<string, readonly string[]> = {};
  for (const [key, addresses] of Object.entries(before?.held ?? {})) {
    if (alive.has(`container ${key.split('/')[0]}`)) held[key] = addresses;
  }
  for (const [key, { addresses }] of assigned) if (!key.startsWith('/')) held[key] = addresses;
  return held;
}

/** Walks the objects of one host; keeps the world and the ledger as they will be after each change. */
class Planner {
  readonly entries: Map<string, Entry>;
  readonly #lab: string;
  readonly #world: World;
  readonly #problems: Problem[];

  constructor(lab: string, world: World, entries: ReadonlyMap<string, Entry>, problems: Problem[]) {
    this.#lab = lab;
    this.#world = world;
    this.#problems = problems;
    this.entries = new Map(entries);
  }

  /** Brings every object of a task about, and notes each in the ledger; `made` if the first was not there. */
  want(identity: string, task: LabTask, objects: readonly Wanted[]): { changes: Change[]; made: boolean } {
    const changes: Change[] = [];
    let made = false;
    for (const wanted of objects) {
      const type = typeOf(wanted.type);
      const key = keyOf(wanted);
      const ground = this.#ground(key, task.adopt);
      const verdict = type.diff(wanted, ground);
      if ('refuse' in verdict) {
        this.#refuse(verdict, task);
        // What would follow from a refused object is noise.
        break;
      }
      const claim = type.before(wanted, ground);
      this.#take(verdict, changes);
      made ||= wanted === objects[0] && verdict[0]?.verb === '+';
      if (claim === 'foreign') continue;
      const owners = [...new Set([...(ground.entry?.owners ?? []), identity])];
      const given = ground.entry === undefined ? claim : { before: ground.entry.before };
      this.entries.set(key, {
        type: wanted.type,
        scope: wanted.scope,
        owners,
        data: wanted.data,
        ...(given.before === undefined ? {} : { before: given.before }),
      });
    }
    return { changes, made };
  }

  /** What the task owned before and no longer wants. */
  removeStale(identity: string, wanted: ReadonlySet<string>, task: LabTask): Change[] {
    const stale = [...this.entries].filter(([key, { owners }]) => owners.includes(identity) && !wanted.has(key));
    return this.#remove(identity, stale, task);
  }

  /** Everything of one task; without an entry, what carries two marks; anything else is somebody else's. */
  removeOwner(identity: string, task: LabTask | undefined, primary?: Wanted): Change[] {
    const owned = [...this.entries].filter(([, { owners }]) => owners.includes(identity));
    if (owned.length > 0 || !primary || !task) return this.#remove(identity, owned, task);
    const type = typeOf(primary.type);
    const ground = this.#ground(keyOf(primary), task.adopt);
    const changes: Change[] = [];
    const entry = { type: primary.type, scope: primary.scope, owners: [identity], data: primary.data };
    const verdict = type.diff(primary, ground);
    if ('refuse' in verdict) this.#refuse(verdict, task);
    else this.#take(type.remove(entry, ground), changes);
    return changes;
  }

  /** What left the playbook, last made first. */
  prune(stay: ReadonlySet<string>): PlannedTask[] {
    const gone = new Set(
      [...this.entries.values()].flatMap(({ owners }) => owners).filter((owner) => !stay.has(owner)),
    );
    return [...gone].toReversed().map((identity) => ({
      key: `prune ${identity}`,
      title: `prune ${identity}`,
      verdict: '-',
      changes: this.removeOwner(identity, undefined),
      notes: [],
    }));
  }

  #remove(identity: string, owned: readonly (readonly [string, Entry])[], task: LabTask | undefined): Change[] {
    const changes: Change[] = [];
    const scopes = new Set(
      owned.flatMap(([, { type, data, before }]) =>
        type === 'netns' && before === undefined ? [(data as { name: string }).name] : [],
      ),
    );
    for (const [key, entry] of owned.toReversed()) {
      const rest = entry.owners.filter((owner) => owner !== identity);
      if (rest.length > 0) {
        this.entries.set(key, { ...entry, owners: rest });
        continue;
      }
      this.entries.delete(key);
      // What is inside a namespace that goes away goes with it.
      if (entry.scope !== '' && scopes.has(entry.scope)) continue;
      const verdict = typeOf(entry.type).remove(entry, this.#ground(key, false, entry));
      if ('refuse' in verdict) this.#refuse(verdict, task);
      else this.#take(verdict, changes);
    }
    return changes;
  }

  #take(verdict: Verdict, changes: Change[]): void {
    if ('refuse' in verdict) return;
    for (const change of verdict) {
      change.effect(this.#world);
      changes.push(change);
    }
  }

  #refuse(verdict: { readonly refuse: Problem }, task: LabTask | undefined): void {
    this.#problems.push(task ? { place: placeOf(task.at), ...verdict.refuse } : verdict.refuse);
  }

  #ground(key: string, adopt: boolean, entry = this.entries.get(key)): Ground {
    return {
      lab: this.#lab,
      group: linkGroup(this.#lab),
      world: this.#world,
      entry,
      others: otherEntries(this.#world, this.#lab, key),
      adopt,
      ownNamespace: (scope) => scope !== '' && this.entries.has(`/netns:${scope}`),
    };
  }
}
