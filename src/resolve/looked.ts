import { NetwrightError } from '../error.ts';
import type { RawTask } from '../playbook.ts';
import { placeOf } from '../source.ts';
import { isJudged } from './judge.ts';
import type { Registry } from './registry.ts';
import type { TaskOnHost } from './types.ts';

/** What is known of a host's tasks. */
export interface HostState {
  readonly registry: Registry;
  /** When each name was registered last. */
  readonly news: Map<string, number>;
  readonly resolved: Map<number, Looked>;
  /** So many plays were looked at in order, and nothing was registered since. */
  settled: { readonly time: number; readonly plays: number };
}

/** A task as it was resolved at some time, from these names. */
interface Looked {
  readonly task: TaskOnHost;
  readonly uses: ReadonlySet<string>;
  readonly time: number;
}

/** Whether something that the task uses was registered since. */
export function isOld({ task, uses, time }: Looked, news: ReadonlyMap<string, number>, now: number): boolean {
  if (time === now) return false;
  // Whose conditions on its result may ask for anything.
  if (uses.has('hostvars') || isJudged(task.raw)) return true;
  for (const [name, since] of news) if (since > time && uses.has(name)) return true;
  return false;
}

export const tooManyTasks = ({ at }: RawTask): NetwrightError =>
  new NetwrightError({
    code: 'TOO_MANY_TASKS',
    message: 'with this one, there are too many tasks for all hosts and items together',
    place: placeOf(at),
    hint: 'run it for some of the hosts',
  });
