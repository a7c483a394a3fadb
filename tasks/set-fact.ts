import { defineTask } from '../src/task.ts';

export const setFact = defineTask({
  kind: 'set_fact',
  description: 'Sets variables of the host, from here to the end of the run.',
  schema: {
    type: 'object',
    additionalProperties: true,
    propertyNames: {
      pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
      description: 'letters, digits and "_", not beginning with a digit',
    },
    properties: {
      cacheable: { type: 'boolean', default: false, description: 'Taken as it is: nothing is kept between runs.' },
    },
    examples: [{ uplink: 'eth0' }],
  },
  check: (args) =>
    Object.keys(variables(args)).length === 0
      ? [{ path: [], code: 'MISSING_KEY', message: 'set_fact: there is no variable', hint: 'name: value' }]
      : [],
  sets: (args) => variables(args),
  answer: (args) => ({
    changed: false,
    detail: Object.keys(variables(args)).join(', '),
    result: { ansible_facts: variables(args) },
  }),
});

const variables = (args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(args).filter(([name]) => name !== 'cacheable'));
