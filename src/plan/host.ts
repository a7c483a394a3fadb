import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../error.ts';
import type { Ledger } from '../facts/ledger.ts';
import type { World } from '../facts/world.ts';
import type { Entry, Wanted } from '../object.ts';
import type { Context, Endpoint } from '../task.ts';
import type { Assigned, Shared } from '../topology.ts';
import { contextOf, effective, isAbsent, keyOf, type LabTask } from './context.ts';
import { lackingPrograms } from './lacking.ts';
import { currentEntries, heldAddresses, nextLedger } from './ledger.ts';
import { orphans, unproven } from './orphans.ts';
import { Planner, type PlannedTask } from './planner.ts';
import { assertWords, onLedgers } from './sound.ts';

/** What shall happen on one host, and what its ledger says before and after. */
export interface HostPlan {
  /** What it was made of. */
  readonly input: HostInput;
  readonly tasks: readonly PlannedTask[];
  readonly problems: readonly Problem[];
  /** Written before the first change: everything that may exist of ours from then on. */
  readonly intent: Ledger;
  /** Written after the last change. */
  readonly final: Ledger;
  readonly assigned: ReadonlyMap<string, Assigned>;
  readonly endpoints: readonly Endpoint[];
  /** On segments that other hosts share. */
  readonly shared: readonly Shared[];
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
  /** What left the playbook goes later, and so may go before where it is in the way; by default, where it goes now. */
  readonly clears?: boolean | undefined;
  /** Also take away what only its marks tell to be the lab's: for `destroy`. */
  readonly orphans?: boolean | undefined;
  /** The keys of the tasks that this plan is about; the others belong to another segment. All, if absent. */
  readonly only?: ReadonlySet<string> | undefined;
  /** The containers of the play's other hosts. */
  readonly everywhere?: (() => readonly Endpoint[]) | undefined;
}

/** Plans the tasks of one host in order, each on what the ones before it leave behind. Changes nothing it is given. */
export const planHost = (input: HostInput): HostPlan =>
  onLedgers(input.host, input.world, () => {
    const plan = planOn(input);
    assertWords(plan.tasks);
    return plan;
  });

function planOn(input: HostInput): HostPlan {
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
    shared,
  } = contextOf(lab, host, tasks, heldAddresses(before), input.everywhere);
  const problems: Problem[] = [...addressProblems];
  const planner = new Planner(lab, world, entries, problems, input.clears ?? prune);
  const wants = new Map<LabTask, Wanted[]>();
  if (problems.length === 0) {
    for (const task of effective(tasks)) {
      if (!isAbsent(task)) wants.set(task, task.kind.objects(task.args, context));
    }
  }
  const strong = new Map<string, Wanted>();
  for (const [task, objects] of wants) {
    const identity = task.kind.identity(task.args);
    // A skipped task keeps what it has, and wants nothing else.
    const counts = ({ key }: { key: string }): boolean =>
      task.skipped === undefined || entries.get(key)?.owners.includes(identity) === true;
    const keyed = objects.map((wanted) => ({ key: keyOf(wanted), wanted })).filter(counts);
    planner.claim(identity, task.at, keyed);
    for (const { key, wanted } of keyed) if (wanted.weak !== true) strong.set(key, wanted);
  }
  const intended = new Map(entries);
  const planned: PlannedTask[] = [];

  for (const task of problems.length === 0 ? tasks : []) {
    if (input.only && !input.only.has(task.key)) continue;
    const { key, title, secret } = task;
    if (task.skipped !== undefined) {
      planned.push({ key, title, verdict: 'skipped', changes: [], summary: task.skipped, notes: [] });
      continue;
    }
    const identity = task.kind.identity(task.args);
    if (isAbsent(task)) {
      const changes = planner.removeOwner(identity, task, task.kind.primary?.(task.args, context));
      planned.push({ key, title, verdict: changes.length > 0 ? '-' : '=', changes, notes: [], secret });
      continue;
    }
    const objects = (wants.get(task) ?? []).map((wanted) => strong.get(keyOf(wanted)) ?? wanted);
    const { changes, cleared, made, noted } = planner.bring(identity, task, objects);
    for (const name of noted) intended.set(name, intention(planner.entries.get(name)!, entries.get(name)));
    const verdict = changes.length === 0 ? '=' : made ? '+' : '~';
    const summary = made ? task.kind.summary?.(task.args, context) : undefined;
    planned.push({ key, title, verdict, changes, cleared, summary, notes: notesOf(task, assigned, context), secret });
  }
  if (prune && problems.length === 0) planned.push(...planner.prune(identities(tasks)));
  if (problems.length === 0) problems.push(...lackingPrograms(world, planned, tasks));
  const held = holding(lab, assigned, before, planner.entries, tasks);
  const ledger = { lab, playbook, boot: world.boot, held };
  return {
    input,
    tasks: planned,
    problems,
    intent: nextLedger({ ...ledger, held: { ...before?.held, ...held } }, intended),
    final: nextLedger(ledger, planner.entries),
    assigned,
    endpoints,
    shared,
    context,
    after: world,
    unproven: input.orphans ? unproven(world, lab, planner.entries) : [],
  };
}

/**
 * The plan for a part of the tasks. An earlier one for all of them says it too, if it was made of the same things and
 * either there is nothing to do at all, or all of it is asked for.
 */
export function planPart(
  input: HostInput & Required<Pick<HostInput, 'only'>>,
  earlier: HostPlan | undefined,
): HostPlan {
  const { world, tasks, only } = input;
  if (!earlier || earlier.problems.length > 0 || earlier.input.world !== world) return planHost(input);
  const isWhole = earlier.input.only === undefined && earlier.tasks.length === tasks.length;
  const isSame = isWhole && tasks.every((task, index) => task === earlier.input.tasks[index]);
  const idle = earlier.tasks.every(({ changes }) => changes.length === 0);
  if (!isSame || !(idle || tasks.every(({ key }) => only?.has(key)))) return planHost(input);
  return { ...earlier, tasks: earlier.tasks.filter(({ key }) => only?.has(key)) };
}

/** What the tasks are about that shall be there. */
const identities = (tasks: readonly LabTask[]): Set<string> =>
  new Set(tasks.filter((task) => !isAbsent(task)).map((task) => task.kind.identity(task.args)));

/** Whether the ledger knows of things whose task left the playbook. */
export function hasPrunes({ ledgers, boot }: World, lab: string, tasks: readonly LabTask[]): boolean {
  const stay = identities(tasks);
  return [...currentEntries(ledgers[lab], boot).values()].some(({ owners }) => owners.some((one) => !stay.has(one)));
}

/** Until its changes are made, an object is what it was. */
function intention(entry: Entry, before: Entry | undefined): Entry {
  const was = [...(before?.was ?? []), ...(before ? [before.data] : [])];
  const others = was.filter((data) => !isDeepStrictEqual(data, entry.data));
  return others.length === 0 ? entry : { ...entry, was: others };
}

const notesOf = ({ kind, args }: LabTask, assigned: ReadonlyMap<string, Assigned>, context: Context): string[] => [
  ...(kind.attachments?.(args) ?? []).flatMap(
    ({ container, interface: name }) => assigned.get(`${container}/${name}`)?.notes ?? [],
  ),
  ...(kind.notes?.(args, context) ?? []),
];

/** A container keeps its addresses until it is pruned or taken away, whatever is skipped meanwhile; one never made has none. */
function holding(
  lab: string,
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
  const unmade = new Set(
    effective(tasks)
      .filter(({ skipped }) => skipped !== undefined)
      .flatMap((task) => task.kind.provides?.(task.args, lab) ?? [])
      .map(({ name }) => name),
  );
  for (const [key, { addresses }] of assigned) {
    const [container = ''] = key.split('/');
    if (container !== '' && (held[key] !== undefined || !unmade.has(container))) held[key] = addresses;
  }
  return held;
}
