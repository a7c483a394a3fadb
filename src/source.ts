import type { Place } from './error.ts';
import type { Path, Source } from './source/types.ts';

export { parseDocuments, parseSource, type Parsed } from './source/parse.ts';
export { renderYaml } from './source/render.ts';
export { readText, type PlainText } from './source/text.ts';
export type { Path, Source } from './source/types.ts';
export { Vaulted } from './source/vaulted.ts';

/** A place in a source that can be pointed to later. */
export interface At {
  readonly source: Source;
  readonly path: Path;
}

export const placeOf = (at: At, sub: Path = [], part?: 'key' | 'value'): Place =>
  at.source.place([...at.path, ...sub], part);
