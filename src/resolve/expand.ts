import { NetwrightError, type Problem } from '../error.ts';
import type { Given, RawPlay, RawTask, Vars } from '../playbook.ts';
import { placeOf } from '../source.ts';
import { distinctProblems } from './distinct.ts';
import type { ResolverInput } from './input.ts';
import { Resolver } from './resolver.ts';
import type { ResolvedTask } from './types.ts';

/** Of a playbook, in all files that it takes in; loops of includes inside of one another multiply. */
const MOST_TASKS = 10_000;

/**
 * A resolver for a playbook whose includes are taken apart: what an include takes in may differ by host and item, so
 * the variables of all hosts are asked for it, before the run. Handlers then stand wherever they may have to run.
 */
export function createResolver(input: ResolverInput): Resolver {
  const problems: Problem[] = [];
  let plays = input.plays;
  let count = 0;
  const take = (tasks: readonly RawTask[], by: RawTask): void => {
    count += tasks.length;
    if (count <= MOST_TASKS) return;
    throw new NetwrightError({
      code: 'TOO_MANY_TASKS',
      message: `more than ${MOST_TASKS} tasks are taken in`,
      place: placeOf(by.at),
      hint: 'do files take in one another, in loops?',
    });
  };
  while (plays.some(({ tasks }) => tasks.some(isInclude))) {
    const resolver = new Resolver({ ...input, plays });
    // Asked once, as going through all tasks for each of thousands of includes takes minutes.
    const lists = new Map<string, ReturnType<Resolver['tasks']>>();
    const tasksOf: Resolver['tasks'] = (play, host) => {
      const key = `${play} ${host}`;
      const list = lists.get(key) ?? resolver.tasks(play, host);
      lists.set(key, list);
      return list;
    };
    plays = plays.map((play, index) => ({
      ...play,
      tasks: play.tasks.flatMap((task, place) =>
        isInclude(task) ? takenIn(resolver.plays[index]!.hosts, tasksOf, index, task, place, problems, take) : [task],
      ),
    }));
  }
  return new Resolver({ ...input, plays: plays.map(withHandlers), problems: distinctProblems(problems) });
}

const isInclude = ({ special }: RawTask): boolean => special?.is === 'include' || special?.is === 'import';

/** One way in which an include came out. */
interface Way {
  readonly args: unknown;
  readonly hosts: Set<string>;
  readonly vars: Vars;
  readonly when: readonly Given[];
}

/** What stands for an include, in the order of the hosts and their items; the same for several hosts stands once. */
function takenIn(
  hosts: readonly string[],
  tasksOf: Resolver['tasks'],
  play: number,
  raw: RawTask,
  place: number,
  problems: Problem[],
  take: (tasks: readonly RawTask[], by: RawTask) => void,
): readonly RawTask[] {
  const { special } = raw;
  if (special?.is !== 'include' && special?.is !== 'import') return [];
  const ways = new Map<string, Way>();
  for (const host of hosts) {
    const looked = tasksOf(play, host)[place]!;
    problems.push(...looked.problems);
    for (const task of looked.tasks) {
      // What the look will tell is asked again when it has.
      if (task.status === 'deferred' && task.args === undefined && !task.look) problems.push(notKnown(task));
      if (task.args === undefined || (task.status === 'bound' && task.skipped !== undefined)) continue;
      const when = task.status === 'deferred' ? raw.when : [];
      const key = JSON.stringify([task.args, task.item, when.length > 0]);
      const way = ways.get(key) ?? { args: task.args, hosts: new Set(), vars: itemOf(task), when };
      ways.set(key, way);
      way.hosts.add(host);
    }
  }
  const tasks = [...ways.values()].flatMap((way) => {
    const read = special.read(way);
    problems.push(...read.problems);
    take(read.tasks, raw);
    return read.tasks;
  });
  if (special.is === 'import') return tasks;
  const told: RawTask = { ...raw, special: { is: 'included' } };
  if (raw.kind.kind !== 'include_vars') return [told, ...tasks];
  // Each of its tasks tells what it did; only where there is none, that it was passed over.
  const taken = new Set([...ways.values()].flatMap((way) => [...way.hosts]));
  const others = new Set(hosts.filter((host) => !taken.has(host)));
  return others.size === 0 ? tasks : [{ ...told, hosts: others }, ...tasks];
}

function itemOf({ raw, item, index }: ResolvedTask): Vars {
  if (raw.loop === undefined) return new Map();
  const { loopVar, indexVar } = raw.loopControl;
  const given = (value: unknown): Given => ({ value, at: raw.at, isData: true });
  return new Map([[loopVar, given(item)], ...(indexVar === undefined ? [] : [[indexVar, given(index)] as const])]);
}

const notKnown = ({ raw, ...task }: ResolvedTask): Problem => ({
  code: 'NOT_KNOWN_YET',
  message: `${raw.kind.kind}: what it takes in ${task.status === 'deferred' ? task.reason : 'is not known'}`,
  place: placeOf(raw.argsAt, [], 'key'),
  hint: 'everything is planned before the first change, so name the files and put when at each of them',
});

/** Handlers run where they are flushed, in their own order. */
function withHandlers(play: RawPlay): RawPlay {
  const handlers = (at: RawTask): RawTask[] =>
    play.handlers.map((handler, index) => ({
      ...handler,
      handler: index,
      frames: at.frames,
      tags: at.tags,
      when: [...at.when, ...handler.when],
      hosts: at.hosts,
    }));
  const tasks = play.tasks.flatMap((task) =>
    task.special?.is === 'meta' && task.special.does === 'flush_handlers' ? [...handlers(task), task] : [task],
  );
  return { ...play, tasks };
}
