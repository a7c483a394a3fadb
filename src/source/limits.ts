import type { Parsed } from './types.ts';

/** Bytes of one file; checked before anything is parsed. */
export const MAX_BYTES = 4 * 1024 * 1024;
/** Lists and mappings inside one another. */
export const MAX_DEPTH = 64;
/** Uses of aliases (`*name`). */
export const MAX_ALIASES = 100;
/** Values after aliases are expanded; keys do not count. */
export const MAX_NODES = 200_000;
/** Errors after which nobody looks for more: garbage costs the parser far more time than text does. */
export const MAX_ERRORS = 100;
/** Values of all files of a run, which aliases may make of very little text. */
const MAX_TOGETHER = 1_000_000;
/** Of all hosts and items together. */
const MAX_TASKS = 1_000_000;
/** What a file costs however little it says. */
export const PER_FILE = 20;
/** What the values of a file cost that is taken in once more, as a part of reading them. */
const AGAIN = 1 / 4;

/** What is read in a run. */
export interface Budget {
  /** How many values may still be. */
  left: number;
  /** How many tasks that may make, for all hosts and items. */
  tasks: number;
  /** What was read already, by its name. */
  readonly known: Map<string, { readonly text: string; readonly parsed: Parsed; readonly values: number }>;
}

export const newBudget = (): Budget => ({ left: MAX_TOGETHER, tasks: MAX_TASKS, known: new Map() });

/** The cost of taking in a file of so many values once more. */
export const again = (values: number): number => PER_FILE + Math.ceil(values * AGAIN);

export const beyondBudget = `with this file, more than ${MAX_TOGETHER} values were to be read`;
