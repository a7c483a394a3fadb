import type { Place, Problem } from '../error.ts';

/** Keys and indexes from the root of a document. */
export type Path = readonly (string | number)[];

/** A parsed YAML text: plain values, and where each of them stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at a path, or of its key; of the nearest existing parent if there is none. */
  place(path: Path, part?: 'key' | 'value'): Place;
}

export interface Parsed {
  /** Nothing only where the text has no structure that could be trusted. */
  readonly source: Source | undefined;
  /** In the text's order; the text must not be used if there is any. */
  readonly problems: readonly Problem[];
}
