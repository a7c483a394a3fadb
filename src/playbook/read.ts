import type { Schema } from '../infer.ts';
import type { At } from '../source.ts';
import { isPending, validateShape, type Checked, type Shape } from '../validate.ts';
import type { Keywords } from './keywords.ts';

/** The schema of the keywords that are implemented. */
export const schemaOf = (keywords: Keywords, required: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties: Object.fromEntries(
    [...keywords].flatMap(([word, { implemented, schema }]) => (implemented ? [[word, schema]] : [])),
  ),
});

/** Checks the implemented keywords of a play or task, and fills in their defaults. */
export function readKeywords(value: Record<string, unknown>, shape: Shape, keywords: Keywords, at: At): Checked {
  const known = Object.fromEntries(Object.entries(value).filter(([word]) => keywords.get(word)?.implemented === true));
  return validateShape(
    shape,
    known,
    at,
    (found, [word]) => isPending(found) && keywords.get(String(word))?.templates === true,
  );
}

/** A condition as a list: Ansible's `when` is one or many. */
export const conditions = (value: unknown): (string | boolean)[] =>
  value === undefined ? [] : ([value].flat() as (string | boolean)[]);
