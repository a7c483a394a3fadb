import type { Problem } from '../error.ts';
import type { RawTask } from '../playbook.ts';
import type { At } from '../source.ts';
import type { Sources, Values } from '../task.ts';
import type { How } from './how.ts';
import type { Variables } from './scope.ts';

interface Common {
  readonly raw: RawTask;
  /** The same in every run: play, task, and the item's label. */
  readonly key: string;
  /** Rendered; the kind where the task has no name. */
  readonly name: string;
  /** What is shown of the loop's item. */
  readonly label?: string | undefined;
  readonly argsAt: At;
  readonly item?: unknown;
  /** The place of the item in its loop. */
  readonly index?: number | undefined;
  /** What conditions about the result may use. */
  readonly scope: Variables;
}

/** A task for one host and one loop item: everything about it is known. */
export interface BoundTask extends Common {
  readonly status: 'bound';
  /** Rendered and natively typed, not validated. Nothing where a skipped task's options cannot be known. */
  readonly args: unknown;
  /** What the bare expressions among the options stand for. */
  readonly values?: Values | undefined;
  readonly how: How;
  /** Files of the project that it wants. */
  readonly sources?: Sources | undefined;
  /** Which condition was false. */
  readonly skipped?: string | undefined;
}

/** A task that waits for another one's result. */
export interface DeferredTask extends Common {
  readonly status: 'deferred';
  /** `needs the result of TASK (register NAME)`. */
  readonly reason: string;
  /** The task that it waits for. */
  readonly after: string;
  /** Whether it waits for no task, but for the first look at the host. */
  readonly look: boolean;
  /** The options, if only a condition has to wait. */
  readonly args?: unknown;
  /** How it is done, as far as that is known. */
  readonly how?: How | undefined;
}

export type ResolvedTask = BoundTask | DeferredTask;

export interface Resolved {
  /** One for each loop item; a loop that is not known yet is one deferred task. */
  readonly tasks: readonly ResolvedTask[];
  readonly problems: readonly Problem[];
}

/** One task of a play on one host: its loop items, with what is wrong with them. */
export interface TaskOnHost {
  /** Its place in the play. */
  readonly index: number;
  readonly raw: RawTask;
  readonly tasks: readonly ResolvedTask[];
  readonly problems: readonly Problem[];
  /** Whether the command line chose it. */
  readonly chosen: boolean;
}
