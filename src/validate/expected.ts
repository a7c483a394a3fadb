import type { Schema } from '../infer.ts';
import { formats } from './formats.ts';
import { quote } from './values.ts';

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
};

/** What a schema wants, for `must be …`: `an integer`, `"none", an address or a list`. */
export const expected = (...schemas: readonly Schema[]): string => listed([...new Set(schemas.flatMap(alternatives))]);

function alternatives(schema: Schema): string[] {
  if (schema.anyOf) return schema.anyOf.flatMap(alternatives);
  if (schema.const !== undefined) return [quote(schema.const)];
  if (schema.enum) return schema.enum.map(quote);
  const format = schema.format === undefined ? undefined : formats[schema.format];
  if (format) return [format.words];
  return [schema.type ?? 'string'].flat().map((type) => TYPES[type] ?? type);
}

/** The values that may be written out: those of `const` and `enum`. */
export const allowedValues = (...schemas: readonly Schema[]): unknown[] =>
  schemas.flatMap((schema) => {
    if (schema.anyOf) return allowedValues(...schema.anyOf);
    if (schema.const !== undefined) return [schema.const];
    return [...(schema.enum ?? [])];
  });

/** `a, b or c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;
