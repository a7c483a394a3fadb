import type { At } from '../source.ts';
import type { Kind } from '../task.ts';
import type { Around } from './around.ts';
import type { Library } from './library.ts';
import type { RawTask, ReadTasks } from './raw.ts';

/** What the readers of one play share. */
export interface Reading {
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly library: Library;
  /** The folder of the playbook. */
  readonly folder: string;
  /** A number that no other block of the playbook has. */
  block(): number;
  tasks(value: unknown, at: At, around: Around): ReadTasks;
  /** The handlers that roles bring along: those of `roles`, then those of what takes a role in. */
  readonly handlers: RawTask[];
  /** The roles that are done once already, with all that they were given. */
  readonly done: Set<string>;
}
