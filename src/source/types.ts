import type { Place } from '../error.ts';

/** Keys and indexes from the root of a document. */
export type Path = readonly (string | number)[];

/** A parsed YAML text: plain values, and where each of them stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at a path, or of its key; of the nearest existing parent if there is none. */
  place(path: Path, part?: 'key' | 'value'): Place;
}
