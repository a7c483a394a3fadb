import { isDeepStrictEqual } from 'node:util';
import { EXIT, NetwrightError, type Problem } from '../error.ts';
import type { HostPlan } from '../plan.ts';
import { describeChanges } from '../report.ts';
import type { Fleet } from './fleet.ts';
import { hasLate, type Project } from './project.ts';

/** A plan on paper: `apply` does exactly this, or refuses because the world moved. Its version is its shape's. */
export interface SavedPlan {
  readonly version: 3;
  /** As the command line named it. */
  readonly playbook: string;
  /** SHA-256 of each file that was read or run, by its path: so nothing that moved is run to find out that it did. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of everything that was read, and of what programs printed. */
  readonly sources: string;
  readonly prune: boolean;
  /** What the command line said of hosts and variables, to be read again in the same way. */
  readonly options: Readonly<Record<string, unknown>>;
  /** By `HOST LAB`: each task that changes something. */
  readonly tasks: Readonly<Record<string, readonly SavedTask[]>>;
}

interface SavedTask {
  /** Tells tasks of one title apart: the sources are the same, so the keys are. */
  readonly key: string;
  readonly title: string;
  readonly changes: string;
  readonly commands: readonly unknown[];
}

const saved = (plan: HostPlan): SavedTask[] =>
  plan.tasks
    .filter(({ changes }) => changes.length > 0)
    .map(({ key, title, changes }) => ({
      key,
      title,
      changes: describeChanges(changes),
      // As JSON would give it back, so that the two compare.
      commands: JSON.parse(JSON.stringify(changes.flatMap(({ commands }) => commands))) as unknown[],
    }));

function tasksOf(fleet: Fleet): Record<string, SavedTask[]> {
  const members = fleet.members.filter(({ state }) => state === 'fine');
  return Object.fromEntries(
    members.flatMap(({ name, plans }) => [...plans].map(([lab, plan]) => [`${name} ${lab}`, saved(plan)])),
  );
}

/** The plan that the preflight made, whole; one with anything unknown cannot be promised. */
export function savePlan(project: Project, fleet: Fleet, rest: Omit<SavedPlan, 'version' | 'tasks'>): SavedPlan {
  const late = project.plays.find(({ lab, hosts }) => hosts.some((host) => hasLate(project, lab, host)));
  if (late) {
    throw new NetwrightError({
      code: 'NOT_KNOWN_YET',
      message: `the play "${late.name || late.lab}" depends on the result of a command, so its plan cannot be saved`,
      hint: 'run it, or take the command out',
    });
  }
  const hidden = fleet.members
    .flatMap(({ plans }) => [...plans.values()])
    .flatMap(({ tasks }) => tasks)
    .find(({ secret, changes }) => secret === true && changes.length > 0);
  if (hidden) {
    throw new NetwrightError({
      code: 'SECRET_PLAN',
      message: `"${hidden.title}" is hidden by no_log, so its changes are not written into a file`,
      hint: 'run the playbook instead',
    });
  }
  const gone = fleet.members.filter(({ state }) => state !== 'fine').map(({ name }) => name);
  if (gone.length > 0) {
    throw new NetwrightError(
      { code: 'UNREACHABLE', message: `no plan without ${gone.join(', ')}`, hint: 'leave them out with --limit' },
      EXIT.unreachable,
    );
  }
  return { version: 3, ...rest, tasks: tasksOf(fleet) };
}

/** Refuses unless what would be done now is exactly what the plan says, telling what moved. */
export function assertSame(plan: SavedPlan, fleet: Fleet): void {
  const now = tasksOf(fleet);
  const problems: Problem[] = [];
  for (const part of new Set([...Object.keys(plan.tasks), ...Object.keys(now)])) {
    const [host] = part.split(' ');
    const before = plan.tasks[part] ?? [];
    const after = now[part] ?? [];
    const say = (task: SavedTask, what: string): number =>
      problems.push({ code: 'STALE_PLAN', message: `${host}: ${task.title}: ${what}`, hint: 'plan again' });
    for (const task of before) {
      const same = after.find(({ key }) => key === task.key);
      if (!same) say(task, `"${task.changes}" is not to be done any more`);
      // The words too: the same command from another state is not what somebody agreed to.
      else if (same.changes !== task.changes || !isDeepStrictEqual(same.commands, task.commands))
        say(task, `planned "${task.changes}", now "${same.changes}"`);
    }
    for (const task of after)
      if (!before.some(({ key }) => key === task.key)) say(task, `now "${task.changes}" as well`);
  }
  if (problems.length > 0) throw new NetwrightError(problems);
}
