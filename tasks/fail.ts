import { defineTask } from '../src/task.ts';

export const fail = defineTask({
  kind: 'fail',
  description: 'Fails; with a condition, where something must not be.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      msg: { type: 'string', default: 'Failed as requested from task', description: 'Why.', examples: ['no uplink'] },
    },
  },
  answer: ({ msg }) => ({ changed: false, failed: msg, detail: '' }),
});
