import { defineTask } from '../src/task.ts';

const words = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  description: 'Taken as it is: all facts are there.',
} as const;

export const setup = defineTask({
  kind: 'setup',
  description: 'Has the facts of the host be known in a play that says gather_facts: false.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ gather_subset: ['network'] }],
    properties: {
      gather_subset: words,
      filter: words,
      gather_timeout: { type: 'integer', description: 'Taken as it is.' },
    },
  },
  answer: () => ({ changed: false, detail: 'facts are known from the first look' }),
});
