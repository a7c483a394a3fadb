import type { Place } from './error.ts';

export { parseSource, type Parsed } from './source/parse.ts';
export { Vaulted } from './source/vaulted.ts';

/** Keys and indexes from the root of a document. */
export type Path = readonly (string | number)[];

/** A parsed YAML text: plain values, and where each of them stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at a path, or of its key; of the nearest existing parent if there is none. */
  place(path: Path, part?: 'key' | 'value'): Place;
}

/** A place in a source that can be pointed to later. */
export interface At {
  readonly source: Source;
  readonly path: Path;
}

export const placeOf = (at: At, sub: Path = [], part?: 'key' | 'value'): Place =>
  at.source.place([...at.path, ...sub], part);
