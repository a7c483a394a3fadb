import type { Place } from './error.ts';

/**
 * The place of a piece of a text that stands at `place`: exact where the text stands in its line as it is, else (escapes,
 * block scalars) the place of the whole.
 */
export function within(place: Place, text: string, offset: number, length = 1): Place {
  const [line = ''] = text.split('\n', 1);
  const start = place.text === undefined || offset > line.length ? -1 : place.text.indexOf(line, place.column - 1);
  return start < 0 || line === '' ? place : { ...place, column: start + offset + 1, length };
}
