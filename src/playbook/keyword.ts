import type { Schema } from '../infer.ts';

/** A word of Ansible's that a play or a task may hold. */
export interface Keyword {
  /** One that is not is refused by name: a playbook must not do less than it says. */
  readonly implemented: boolean;
  readonly schema: Schema;
  /** Whether variables may stand in it; else it has to be known before anything else is. */
  readonly templates: boolean;
  /** What to use instead, where it is not implemented. */
  readonly instead?: string;
}

export type Keywords = ReadonlyMap<string, Keyword>;

export const constant = (schema: Schema): Keyword => ({ implemented: true, schema, templates: false });
export const variable = (schema: Schema): Keyword => ({ implemented: true, schema, templates: true });
export const notYet = (instead?: string): Keyword => ({
  implemented: false,
  schema: {},
  templates: true,
  ...(instead === undefined ? {} : { instead }),
});

export const table = (keywords: Readonly<Record<string, Keyword>>): Keywords => new Map(Object.entries(keywords));

export const text = (description: string): Schema => ({ type: 'string', description });
export const flag = (description: string): Schema => ({ type: 'boolean', description });

export const condition = (description: string): Schema => ({
  anyOf: [
    { type: 'boolean' },
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: ['string', 'boolean'] } },
  ],
  description,
});

export const variableName = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  maxLength: 128,
  examples: ['result'],
} as const;
