import type { Place } from './error.ts';
import type { Path, Source } from './source/types.ts';

export { hideAll, hideText } from './source/hidden.ts';
export { newBudget, type Budget } from './source/limits.ts';
export { parseDocuments, parseSource } from './source/parse.ts';
export { renderYaml } from './source/render.ts';
export { readText, type PlainText } from './source/text.ts';
export type { Parsed, Path, Source } from './source/types.ts';
export { Unsafe } from './source/unsafe.ts';
export { Vaulted } from './source/vaulted.ts';

/** A place in a source that can be pointed to later. */
export interface At {
  readonly source: Source;
  readonly path: Path;
}

const hidden = new WeakMap<Source, Set<number>>();

/** From now on no place in the lines of this value shows what stands there. */
export function hideLines(at: At, value: unknown): void {
  hidden.set(at.source, new Set([...(hidden.get(at.source) ?? []), ...linesIn(at, value)]));
}

/** The lines in which a value, and everything in it, and its keys begin. */
export function linesIn({ source, path }: At, value: unknown): number[] {
  const own = [source.place(path, 'key').line, source.place(path).line];
  if (typeof value !== 'object' || value === null) return own;
  const steps = Array.isArray(value) ? value.map((one: unknown, at) => [at, one] as const) : Object.entries(value);
  return [...own, ...steps.flatMap(([step, one]) => linesIn({ source, path: [...path, step] }, one))];
}

export function placeOf({ source, path }: At, sub: Path = [], part?: 'key' | 'value'): Place {
  const { text, ...place } = source.place([...path, ...sub], part);
  return text === undefined || hidden.get(source)?.has(place.line) ? place : { ...place, text };
}
