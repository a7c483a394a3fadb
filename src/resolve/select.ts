import { suggestion, type Problem } from '../error.ts';
import type { RawPlay, RawTask } from '../playbook.ts';

/** What the command line chooses of a playbook. */
export interface Chosen {
  /** All of them if there is none. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** The name of the first task to be done. */
  readonly startAt?: string | undefined;
}

/** Whether tags choose a task, by Ansible's rules. */
function isTagged(tags: readonly string[], { tags: only, skipTags: skip }: Chosen): boolean {
  const own = new Set(tags.length === 0 ? ['untagged'] : tags);
  const isPlain = own.has('untagged') && own.size === 1;
  const has = (some: readonly string[]): boolean => some.some((tag) => own.has(tag));
  const wanted =
    own.has('always') ||
    ((only.length === 0 || only.includes('all')) && !own.has('never')) ||
    has(only) ||
    (only.includes('tagged') && !isPlain && !own.has('never'));
  if (!wanted) return false;
  if (skip.includes('all')) return own.has('always') && !skip.includes('always');
  return !has(skip) && !(skip.includes('tagged') && !isPlain);
}

const isChosen = (task: RawTask, chosen: Chosen): boolean => task.tags.every((set) => isTagged(set, chosen));

const nameOf = (task: RawTask): string => task.name ?? task.kind.kind;

/** Whether a name is the one to start at, which may have `*` for anything. */
function starts(startAt: string, task: RawTask): boolean {
  const pattern = startAt.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(nameOf(task));
}

/** By play: which of its tasks are to be done. */
export function select(plays: readonly RawPlay[], chosen: Chosen): boolean[][] {
  const { startAt } = chosen;
  let begun = startAt === undefined;
  return plays.map(({ tasks }) =>
    tasks.map((task) => {
      begun ||= startAt !== undefined && starts(startAt, task);
      return (begun || task.handler !== undefined) && isChosen(task, chosen);
    }),
  );
}

/** A start that is nowhere would let everything be left out, as if all were well. */
export function startProblems(plays: readonly RawPlay[], { startAt }: Chosen): Problem[] {
  const tasks = plays.flatMap((play) => play.tasks);
  if (startAt === undefined || tasks.some((task) => starts(startAt, task))) return [];
  const hint = suggestion(startAt, tasks.map(nameOf)) ?? '--list-tasks shows their names';
  return [{ code: 'BAD_OPTION', message: `--start-at-task: no task is called "${startAt}"`, hint }];
}
