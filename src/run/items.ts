import type { LabTask } from '../plan.ts';
import type { Frame, Meta } from '../playbook.ts';
import type { At } from '../source.ts';
import type { Procedural, Sources, Values } from '../task.ts';

/** A task of a play as it was written, before loops and hosts. */
export interface Written {
  /** Its place in the play. */
  readonly index: number;
  readonly title: string;
  readonly procedural: boolean;
  /** See `Procedural.barrier`. */
  readonly barrier: boolean;
  /** The blocks around it that care about failures. */
  readonly frames: readonly Frame[];
  /** Done by the first host for all. */
  readonly once: boolean;
  /** Its failure on one host ends the play on all. */
  readonly fatal: boolean;
  /** Hosts at a time; 0 is no limit. */
  readonly throttle: number;
  /** A failure of it is none of the others around it. */
  readonly alone: boolean;
  /** Which handler it is: done only where that was notified. */
  readonly handler?: number | undefined;
  readonly meta?: Meta | undefined;
  /** It only takes in what stands after it. */
  readonly includes: boolean;
}

interface Common {
  readonly key: string;
  /** The `Written` that it comes from. */
  readonly index: number;
  readonly title: string;
  /** The title without its item, and what is shown of the item. */
  readonly name: string;
  readonly label?: string | undefined;
  /** Whether the command line chose it. */
  readonly chosen: boolean;
  /** The handlers to run if it changes something. */
  readonly notify: readonly number[];
}

/** A declarative task, resolved for one host. */
export interface StateItem extends Common {
  readonly sort: 'state';
  readonly task: LabTask;
  /** The user to become; nothing for the one who logged in. */
  readonly user: string | undefined;
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
  readonly sources: Sources;
  readonly skipped?: string | undefined;
  /** `no_log`: nothing of what it prints is shown. */
  readonly secret: boolean;
  readonly how: Doing;
}

/** How a procedural task is done. */
export interface Doing {
  /** The user to become; nothing for the one who logged in. */
  readonly user: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The host that does it. */
  readonly delegate: string | undefined;
  /** It is only foreseen, not done. */
  readonly checkOnly: boolean;
  readonly timeoutSeconds: number | undefined;
  /** It goes on by itself, for so many seconds at most. */
  readonly jobSeconds: number | undefined;
  /** Something may ask when it ran. */
  readonly timed: boolean;
  readonly attempts: number;
  readonly delaySeconds: number;
  readonly pauseSeconds: number;
}

/** What cannot be known before another task has run. */
export interface LateItem extends Common {
  readonly sort: 'late';
  readonly reason: string;
  readonly procedural: boolean;
  /** It waits for no task, but for the first look at the host. */
  readonly look: boolean;
  /** A state of which only a condition is open: what it would look at is known. */
  readonly task?: LabTask | undefined;
  /** The user to become, as far as that is known. */
  readonly user: string | undefined;
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

/** With `single` each task is a segment of its own. */
export function segmentsOf(written: readonly Written[], single = false): Segment[] {
  const segments: Segment[] = [];
  let states: Written[] = [];
  const end = (act?: Written): void => {
    if (states.length > 0 || act) segments.push({ states, act });
    states = [];
  };
  for (const task of written) {
    const last = states.at(-1);
    if (last && (single || !isTogether(last, task))) end();
    if (task.procedural) end(task);
    else states.push(task);
  }
  end();
  return segments;
}

/** A failure of one is a failure of all, so they must agree in what comes of it. */
const isTogether = (a: Written, b: Written): boolean =>
  !a.alone && !b.alone && a.fatal === b.fatal && a.throttle === b.throttle && sameFrames(a.frames, b.frames);

const sameFrames = (a: readonly Frame[], b: readonly Frame[]): boolean =>
  a.length === b.length && a.every(({ block, part }, index) => block === b[index]!.block && part === b[index]!.part);
