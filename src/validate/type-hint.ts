import type { Place } from '../error.ts';
import type { Schema } from '../infer.ts';
import { isTemplate } from './values.ts';

/** How to write a value so that it gets the type that the schema wants, where that is a matter of writing. */
export function typeHint(schema: Schema, found: unknown, { text, column, length = 1 }: Place): string | undefined {
  const types = [schema, ...(schema.anyOf ?? [])].flatMap(({ type }) => type ?? []);
  const written = text?.slice(column - 1, column - 1 + length) ?? '';
  if (found === null && types.includes('object')) return 'indent its options below it';
  if (typeof found === 'string') {
    const filter = filterFor(found, types);
    if (filter !== undefined && isTemplate(written)) return `end the template with a filter: {{ … | ${filter} }}`;
    if (filter !== undefined && /^["']/.test(written)) return 'remove the quotes';
    return types.includes('object') && /^\w+=/.test(found) ? 'write the options as key: value' : undefined;
  }
  const scalar = typeof found === 'number' || typeof found === 'boolean';
  // Where true and false may stand too, text is an expression, and quotes would make no better one.
  const isText = types.includes('string') && !types.includes('boolean');
  return scalar && isText && /^[^\s"'{[]+$/.test(written) ? `put it in quotes: "${written}"` : undefined;
}

/** The template filter that makes the wanted type of a text that looks like it. */
function filterFor(text: string, types: readonly string[]): string | undefined {
  if (/^-?\d+$/.test(text) && (types.includes('integer') || types.includes('number'))) return 'int';
  if (/^-?\d*\.\d+$/.test(text) && types.includes('number')) return 'float';
  return /^(true|false|yes|no|on|off)$/i.test(text) && types.includes('boolean') ? 'bool' : undefined;
}
