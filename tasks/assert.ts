import { defineTask } from '../src/task.ts';
import { list, shown } from './options.ts';

const condition = { type: ['string', 'boolean'] } as const;
const message = (description: string) =>
  ({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], description }) as const;

export const assert = defineTask({
  kind: 'assert',
  description: 'Fails unless all of its conditions are true.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['that'],
    properties: {
      that: {
        anyOf: [condition, { type: 'array', items: condition, minItems: 1 }],
        description: 'Bare expressions, as in when.',
        examples: [['mtu >= 1280', "'eth0' in links"]],
      },
      fail_msg: message('What to say if one is false.'),
      msg: message('The same as fail_msg.'),
      success_msg: message('What to say if all are true.'),
      quiet: { type: 'boolean', default: false, description: 'Says nothing if all are true.' },
    },
  },
  expressions: { that: 'condition' },
  check: ({ fail_msg, msg }) =>
    fail_msg !== undefined && msg !== undefined
      ? [{ path: ['msg'], code: 'CONFLICT', message: 'assert.msg: fail_msg says the same', hint: 'keep fail_msg' }]
      : [],
  answer({ that, fail_msg, msg, success_msg, quiet }, { that: values = [] }) {
    const wrong = values.indexOf(false);
    if (wrong === -1) {
      const said = success_msg ?? 'All assertions passed';
      return { changed: false, detail: quiet ? '' : text(said), result: { msg: said } };
    }
    const assertion = list(that)[wrong];
    const said = fail_msg ?? msg ?? 'Assertion failed';
    const failed = `${text(said)}: ${shown(assertion)}`;
    return { changed: false, failed, detail: '', result: { msg: said, assertion, evaluated_to: false } };
  },
});

const text = (said: string | readonly string[]): string => list(said).join('\n');
