import { defineTask } from '../src/task.ts';
import { shown } from './options.ts';

export const debug = defineTask({
  kind: 'debug',
  description: 'Prints a text, or what a variable or expression stands for.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      msg: {
        description: 'What to print, of any type.',
        default: 'Hello world!',
        examples: ['{{ inventory_hostname }}'],
      },
      var: { type: 'string', minLength: 1, description: 'A bare expression instead.', examples: ['result.stdout'] },
      verbosity: { type: 'integer', minimum: 0, maximum: 5, default: 0, description: 'Printed only with so many -v.' },
    },
  },
  expressions: { var: 'value' },
  answer({ msg, var: expression, verbosity }, { var: values }) {
    if (expression === undefined) return { changed: false, detail: shown(msg), result: { msg }, verbosity };
    const value = values?.[0] === undefined ? 'VARIABLE IS NOT DEFINED!' : values[0];
    const detail = `${expression}: ${shown(value)}`;
    return { changed: false, detail, result: { [expression]: value }, verbosity };
  },
});
