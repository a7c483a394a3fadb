import type { RawTask } from '../playbook.ts';
import type { Kind } from '../task.ts';
import { isMapping } from '../validate.ts';
import type { Given } from './registry.ts';
import { loopResult, skippedResult, type Result } from './result.ts';
import type { Resolved, ResolvedTask } from './types.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What is known of a task's result and of the variables that it sets. */
interface Known {
  readonly result: Result | undefined;
  readonly facts: Facts | undefined;
}

export const titleOf = ({ name, kind }: RawTask): string => name ?? kind.kind;

/** The variables that a task sets, by their names; their values are rendered if its options are. */
export const setsOf = (kind: Kind, args: unknown): Facts => ('sets' in kind && isMapping(args) ? kind.sets(args) : {});

/** What a rescue finds of the task that failed. */
const OF_FAILURE = ['ansible_failed_task', 'ansible_failed_result'] as const;

const hasRescue = ({ frames }: RawTask): boolean => frames.some(({ part, rescues }) => part === 'block' && rescues);

/** The variables that a failure of the task sets. */
export const setByFailure = (raw: RawTask, result: Result): Facts =>
  hasRescue(raw)
    ? { ansible_failed_task: { name: titleOf(raw), action: raw.kind.kind }, ansible_failed_result: result }
    : {};

/** The variables to which a task gives a value: the one that it registers, and those that it sets. */
export const namesOf = (raw: RawTask): string[] => [
  ...(raw.register === undefined ? [] : [raw.register]),
  ...Object.keys(setsOf(raw.kind, raw.args)).filter((name) => name !== raw.register),
  ...(hasRescue(raw) ? OF_FAILURE : []),
];

/** What a task gives one of its names. */
export function givenTo({ register, special }: RawTask, name: string, { result, facts }: Known): Given {
  if (name === register) return result === undefined ? 'pending' : { value: result };
  if (facts === undefined) return 'pending';
  const file = special?.is === 'vars' && Object.hasOwn(facts, name) ? special.vars.get(name) : undefined;
  if (file) return { written: file };
  return Object.hasOwn(facts, name) ? { value: facts[name] } : 'nothing';
}

/** What is known before a task runs: that it will not, or what it will set. */
export function foreseeOf(raw: RawTask, { tasks, problems }: Resolved): Known {
  // Whether a rescue or a handler runs is known only when it does; and before a rescue, whether anything fails.
  const isCertain = raw.handler === undefined && raw.frames.every(({ part }) => part !== 'rescue') && !hasRescue(raw);
  if (problems.length > 0 || !isCertain) return { result: undefined, facts: undefined };
  return { result: foreseenResult(raw, tasks), facts: foreseenFacts(raw, tasks) };
}

function foreseenFacts({ kind }: RawTask, tasks: readonly ResolvedTask[]): Facts | undefined {
  if (tasks.some(({ status }) => status === 'deferred')) return undefined;
  return Object.fromEntries(
    tasks.flatMap((task) =>
      task.status === 'bound' && task.skipped === undefined ? Object.entries(setsOf(kind, task.args)) : [],
    ),
  );
}

/** The result of a task that will not run, whatever happens. */
function foreseenResult(raw: RawTask, tasks: readonly ResolvedTask[]): Result | undefined {
  const skipped = tasks.flatMap((task) =>
    task.status === 'bound' && task.skipped !== undefined
      ? [{ item: task.item, result: skippedResult(task.skipped) }]
      : [],
  );
  if (skipped.length !== tasks.length) return undefined;
  return raw.loop === undefined ? skipped[0]?.result : loopResult(raw.loopControl.loopVar, skipped);
}
