import type { Problem } from '../error.ts';
import type { At } from '../source.ts';
import type { Kind } from '../task.ts';
import type { LOOPS } from './loops.ts';
import type { Around, Given, Vars } from './around.ts';

/** A task as it was written: any text of its options may be a template, and may stand for what is no text. */
export interface RawTask extends Around {
  /** Of the whole task. */
  readonly at: At;
  /** Of the kind's own value. */
  readonly argsAt: At;
  readonly name?: string | undefined;
  readonly kind: Kind;
  /** Without defaults; a bare text stands under the kind's free-form option already. */
  readonly args: unknown;
  /** A list, or a template of one; nothing where the task is done once. */
  readonly loop?: unknown;
  readonly loopControl: LoopControl;
  readonly register?: string | undefined;
  /** Nothing where the kind itself decides. */
  readonly changedWhen?: readonly (string | boolean)[] | undefined;
  readonly failedWhen?: readonly (string | boolean)[] | undefined;
  readonly until?: readonly (string | boolean)[] | undefined;
  readonly retries?: Given | undefined;
  readonly delay?: Given | undefined;
  /** Seconds. */
  readonly timeout?: Given | undefined;
  /** Seconds; where `poll` is 0, nobody waits for it. */
  readonly async?: Given | undefined;
  readonly poll?: Given | undefined;
  readonly notify: readonly Given[];
  readonly adopt: boolean;
  /** Which handler it is, counted in the order of the play; absent for what is none. */
  readonly handler?: number | undefined;
  readonly special?: Special | undefined;
}

export interface LoopControl {
  readonly loopVar: string;
  readonly indexVar?: string | undefined;
  readonly label?: string | undefined;
  /** Between two items. */
  readonly pauseSeconds: number;
  /** Whether `ansible_loop` is there, with all items or without. */
  readonly extended?: 'whole' | 'place' | undefined;
  /** What the items are given by, which decides how they are taken: see `loopItems`. */
  readonly word: (typeof LOOPS)[number];
}

/** How an include came out on some hosts. */
export interface Included {
  /** Its options, rendered. */
  readonly args: unknown;
  readonly hosts: ReadonlySet<string>;
  /** Its loop's item. */
  readonly vars: Vars;
  /** What has to be asked for each task, since it is not known yet. */
  readonly when: readonly Given[];
}

/** What stands among the tasks and is none. */
export type Special =
  /** Something about the run itself. */
  | { readonly is: 'meta'; readonly does: Meta }
  /** Tasks that depend on the host, or on an item. */
  | { readonly is: 'include' | 'import'; readonly read: (included: Included) => ReadTasks }
  /** Variables of files, from here on. */
  | { readonly is: 'vars'; readonly vars: Vars }
  /** Where an include stood: by now what it takes in stands after it. */
  | { readonly is: 'included' };

export type Meta = 'flush_handlers' | 'noop' | 'end_host' | 'end_batch' | 'end_play' | 'clear_host_errors';

export interface ReadTasks {
  readonly tasks: readonly RawTask[];
  readonly problems: readonly Problem[];
}
