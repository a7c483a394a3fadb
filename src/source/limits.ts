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
const MAX_TOGETHER = 2_000_000;

/** How many values may still be read. */
export interface Budget {
  left: number;
}

export const newBudget = (): Budget => ({ left: MAX_TOGETHER });

export const beyondBudget = `with this file, more than ${MAX_TOGETHER} values were to be read`;
