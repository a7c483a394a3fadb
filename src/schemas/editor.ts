import type { Schema } from '../infer.ts';
import type { Kind } from '../task.ts';
import { formats } from '../validate.ts';

/** A JSON schema (draft-07), as editors read it. */
export type EditorSchema = Readonly<Record<string, unknown>>;

export const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** What may stand for any value before variables are known. */
const TEMPLATE: EditorSchema = { type: 'string', pattern: '\\{[{%]' };

/** A kind's options, or the bare text that stands for one of them. */
export function kindSchema({ kind, description, schema, freeForm }: Kind): EditorSchema {
  const options = form(schema, true);
  const text = freeForm === undefined ? undefined : { type: 'string', description: `The same as ${freeForm}.` };
  return { $schema: DRAFT, title: kind, description, ...(text ? { anyOf: [options, text] } : options) };
}

/**
 * A schema for editors: where `templates` may be, one is as good as the value; our own formats, which no editor
 * knows, become patterns. Descriptions, defaults and examples stay outside the alternatives, where editors look.
 */
export function forEditor(schema: Schema, templates: boolean): EditorSchema {
  const { title, description, default: value, examples, ...rest } = schema;
  const said = Object.entries({ title, description, default: value, examples }).filter(([, one]) => one !== undefined);
  const forms = alternatives(rest).map((one) => form(one, templates));
  const all = templates && !forms.some(takesAnyText) ? [...forms, TEMPLATE] : forms;
  return { ...Object.fromEntries(said), ...(all.length === 1 ? all[0] : { anyOf: all }) };
}

const alternatives = (schema: Schema): readonly Schema[] => schema.anyOf?.flatMap(alternatives) ?? [schema];

function form(schema: Schema, templates: boolean): EditorSchema {
  const { format, properties, items, additionalProperties, ...rest } = schema;
  const pattern = format === undefined ? undefined : formats[format]?.pattern;
  return {
    ...rest,
    ...(pattern === undefined ? {} : { pattern }),
    ...(items && { items: forEditor(items, templates) }),
    ...(properties && { properties: eachForEditor(properties, templates) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean'
              ? additionalProperties
              : forEditor(additionalProperties, templates),
        }),
  };
}

const eachForEditor = (properties: Readonly<Record<string, Schema>>, templates: boolean): EditorSchema =>
  Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, forEditor(schema, templates)]));

const takesAnyText = ({ type, enum: values, const: value, pattern, maxLength }: EditorSchema): boolean =>
  [type ?? 'string'].flat().includes('string') && [values, value, pattern, maxLength].every((one) => one === undefined);
