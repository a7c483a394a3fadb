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

/** By play: which of its tasks are to be done. A name may end or begin with `*`. */
export function select(plays: readonly RawPlay[], chosen: Chosen): boolean[][] {
  const { startAt } = chosen;
  let begun = startAt === undefined;
  const pattern = startAt?.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const isStart = (name: string): boolean => pattern !== undefined && new RegExp(`^${pattern.join('.*')}$`).test(name);
  return plays.map(({ tasks }) =>
    tasks.map((task) => {
      begun ||= isStart(task.name ?? task.kind.kind);
      return (begun || task.handler !== undefined) && isChosen(task, chosen);
    }),
  );
}
