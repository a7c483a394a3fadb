import type { LabTask } from '../plan.ts';
import type { At } from '../source.ts';
import type { Procedural, Values } from '../task.ts';

/** A task of a play as it was written, before loops and hosts. */
export interface Written {
  /** Its place in the play. */
  readonly index: number;
  readonly title: string;
  readonly procedural: boolean;
  /** See `Procedural.barrier`. */
  readonly barrier: boolean;
}

interface Common {
  readonly key: string;
  /** The `Written` that it comes from. */
  readonly index: number;
  readonly title: string;
}

/** A declarative task, resolved for one host. */
export interface StateItem extends Common {
  readonly sort: 'state';
  readonly task: LabTask;
}

/** A procedural task, resolved for one host. */
export interface ActItem extends Common {
  readonly sort: 'act';
  readonly kind: Procedural;
  // The options of a kind have that kind's own type; between kinds only this much is common.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly args: any;
  readonly at: At;
  /** Of an answering kind. */
  readonly values: Values;
  readonly skipped?: string | undefined;
  /** `no_log`: nothing of what it prints is shown. */
  readonly secret: boolean;
}

/** What cannot be known before another task has run. */
export interface LateItem extends Common {
  readonly sort: 'late';
  readonly reason: string;
}

/** Skipped, and so that nobody can know what it would own: nothing may be pruned. */
export interface SkippedItem extends Common {
  readonly sort: 'skipped';
  /** Which condition was false. */
  readonly reason: string;
}

export type Item = StateItem | ActItem | LateItem | SkippedItem;

/** Declarative tasks that are planned and applied together, and the procedural one that ends them. */
export interface Segment {
  readonly states: readonly Written[];
  readonly act?: Written | undefined;
}

export function segmentsOf(written: readonly Written[]): Segment[] {
  const segments: Segment[] = [];
  let states: Written[] = [];
  for (const task of written) {
    if (!task.procedural) states.push(task);
    else {
      segments.push({ states, act: task });
      states = [];
    }
  }
  if (states.length > 0) segments.push({ states });
  return segments;
}
