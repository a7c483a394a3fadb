import type { Place } from './error.ts';
import type { Path, Source } from './source/types.ts';

export { hideAll, hideText } from './source/hidden.ts';
export { newBudget, type Budget } from './source/limits.ts';
export { parseDocuments, parseSource, type Parsed } from './source/parse.ts';
export { renderYaml } from './source/render.ts';
export { readText, type PlainText } from './source/text.ts';
export type { Path, Source } from './source/types.ts';
export { Unsafe } from './source/unsafe.ts';
export { Vaulted } from './source/vaulted.ts';

/** A place in a source that can be pointed to later. */
export interface At {
  readonly source: Source;
  readonly path: Path;
}

const hidden = new WeakMap<Source, Set<number>>();

/** From now on no place in the lines of this value shows what stands there. */
export function hideLines({ source, path }: At, value: unknown): void {
  const lines = hidden.get(source) ?? new Set();
  hidden.set(source, lines);
  const hide = (inner: unknown, here: Path): void => {
    lines.add(source.place(here, 'key').line).add(source.place(here).line);
    if (typeof inner !== 'object' || inner === null) return;
    const steps = Array.isArray(inner) ? inner.map((one: unknown, at) => [at, one] as const) : Object.entries(inner);
    for (const [step, one] of steps) hide(one, [...here, step]);
  };
  hide(value, path);
}

export function placeOf({ source, path }: At, sub: Path = [], part?: 'key' | 'value'): Place {
  const { text, ...place } = source.place([...path, ...sub], part);
  return text === undefined || hidden.get(source)?.has(place.line) ? place : { ...place, text };
}
