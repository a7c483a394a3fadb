import type { Target } from '../connect.ts';
import { printable, type Problem } from '../error.ts';
import type { World } from '../gather.ts';
import type { LabTask } from '../plan.ts';
import type { Judgement, Outcome } from '../task.ts';
import type { ActItem, Item, Written } from './items.ts';

/** A playbook with its inventory: everything that is known before any connection. */
export interface Project {
  /** The playbook's path, as the ledger remembers it. */
  readonly playbook: string;
  readonly plays: readonly Play[];
  readonly targets: ReadonlyMap<string, Target>;
  /** It may take the labs of other playbooks over. */
  readonly takeOver: boolean;
  /** What is wrong with it; nothing is touched if there is anything. */
  readonly problems: readonly Problem[];
  /** What the first look at the hosts has to tell it; absent where it uses no facts of theirs. */
  readonly facts?: Learning | undefined;
}

export interface Learning {
  readonly hosts: ReadonlySet<string>;
  /** The same project once that is known; hosts that could not be looked at are missing. */
  readonly learn: (facts: ReadonlyMap<string, NonNullable<World['system']>>) => Project;
}

export interface Play {
  readonly lab: string;
  readonly name: string;
  readonly hosts: readonly string[];
  /** Every change of it has to be confirmed within so many seconds. */
  readonly confirm?: number | undefined;
  /** The same hosts, as far as they go together. */
  readonly batches: readonly (readonly string[])[];
  /** Whether each host goes on by itself. */
  readonly free: boolean;
  /** The play ends when more of a batch than this have failed. */
  readonly maxFailPercentage: number | undefined;
  /** Whether the handlers of a host that failed run. */
  readonly forceHandlers: boolean;
  readonly written: readonly Written[];
  /** The name of the handler at this place among its handlers. */
  handlerName(place: number): string;
  /** The places of the handlers with a name; none if there is no such handler. */
  handlersNamed(name: string): readonly number[];
  /** Its tasks on one host, with what has been registered there so far. */
  items(host: string): readonly Item[];
  /** What an outcome means by the task's own conditions. */
  judge(item: ActItem, outcomes: readonly Outcome[], judgement: Judgement, attempt: number): Settled;
  /** Says that a declarative task was done on a host, or why it failed. */
  stated(host: string, index: number, failed: string | undefined): void;
  /** Says that a task was passed over on a host: what it would have registered will not come. */
  pass(host: string, index: number): void;
  /** Registers it for the tasks to come: on the host, or on all for which it was done. */
  register(hosts: readonly string[], item: ActItem, outcomes: readonly Outcome[], settled: Settled): void;
}

export interface Settled extends Judgement {
  /** It failed, and the playbook says to go on. */
  readonly ignored: boolean;
  /** Its `until` is not true yet. */
  readonly again: boolean;
  /** What its result has besides. */
  readonly more: Readonly<Record<string, unknown>>;
  /** What may be said of it. */
  readonly shown: Shown;
}

interface Shown {
  readonly detail: string;
  readonly failed: string | undefined;
  readonly diffs?: Judgement['diffs'];
}

/** All declarative tasks of one lab on one host, over all plays: they share addresses and a ledger. */
export function labTasks(project: Project, lab: string, host: string): LabTask[] {
  return project.plays
    .filter((play) => play.lab === lab && play.hosts.includes(host))
    .flatMap((play) => play.items(host))
    .flatMap((item) => (item.sort === 'state' ? [item.task] : []));
}

/** The same with those of which only a condition is open: what has to be looked at. */
export function tasksToLookAt(project: Project, lab: string, host: string): LabTask[] {
  return project.plays
    .filter((play) => play.lab === lab && play.hosts.includes(host))
    .flatMap((play) => play.items(host))
    .flatMap((item) => (item.sort === 'state' || item.sort === 'late' ? (item.task ?? []) : []));
}

/** In how many seconds what belongs to no play of its own, as what left the playbook, has to be confirmed. */
export const confirmOf = (project: Project, lab: string, host: string): number | undefined =>
  project.plays.find((play) => play.lab === lab && play.hosts.includes(host) && play.confirm !== undefined)?.confirm;

/** Whether what a task of the lab on the host owns is not known, so that nothing may be pruned. */
export const hasLate = (project: Project, lab: string, host: string): boolean =>
  project.plays
    .filter((play) => play.lab === lab && play.hosts.includes(host))
    .some((play) =>
      play.items(host).some((item) => (item.sort === 'late' && !item.procedural) || item.sort === 'skipped'),
    );

/** Whether any task of a host states what must be there; a place that is not filled yet may. */
export const declares = (project: Project, host: string): boolean =>
  project.plays
    .filter((play) => play.hosts.includes(host))
    .some((play) =>
      play.items(host).some((item) => item.sort === 'state' || (item.sort === 'late' && !item.procedural)),
    );

/**
 * Why this run must leave a lab alone. A lab has one playbook: another one that uses its name would prune what the first
 * one made. And one version: an earlier one would write over what it cannot read.
 */
export function leftAlone(project: Project, lab: string, host: string, world: World): Problem[] {
  const ledger = world.ledgers[lab];
  if (world.ofLater?.includes(lab)) return [ofLater(lab, host)];
  if (ledger === undefined || Object.keys(ledger.entries).length === 0) return [];
  if (project.takeOver || project.playbook === '' || ledger.playbook === project.playbook) return [];
  return [
    {
      code: 'LAB_IN_USE',
      message: `${host}: the lab "${lab}" belongs to the playbook ${printable(ledger.playbook)}`,
      hint: `give yours another name with lab:, or say --take-over if it takes the other one's place`,
    },
  ];
}

const ofLater = (lab: string, host: string): Problem => ({
  code: 'LATER_VERSION',
  message: `${host}: what is remembered of the lab "${lab}" was written by a later version of netwright`,
  hint: 'use that one; this one would forget what it cannot read',
});

export const labsOf = (project: Project, host: string): string[] => [
  ...new Set(project.plays.filter((play) => play.hosts.includes(host)).map((play) => play.lab)),
];
