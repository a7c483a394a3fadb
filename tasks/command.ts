import { splitWords } from '../src/command.ts';
import { defineTask } from '../src/task.ts';
import { toContainer } from './options.ts';
import { programOptions, run } from './program.ts';

export const command = defineTask({
  kind: 'command',
  description: 'Runs a program where it stands in the order; no shell, so nothing in its words is special.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      argv: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'The program and its words.',
        examples: [['ip', '-br', 'addr']],
      },
      cmd: { type: 'string', minLength: 1, description: 'The same as one line, split at spaces, with quotes.' },
      ...programOptions,
    },
  },
  detaches: true,
  references: ({ container: where }) => toContainer(where),
  check({ argv, cmd }) {
    if ((argv === undefined) === (cmd === undefined)) {
      return [
        { path: [], code: 'CONFLICT', message: 'command: needs either argv or cmd', hint: 'argv: [ip, -br, addr]' },
      ];
    }
    if (cmd !== undefined && splitWords(cmd)?.length === 0) {
      return [{ path: ['cmd'], code: 'BAD_FORMAT', message: 'command.cmd: there is no word', hint: 'name a program' }];
    }
    if (cmd !== undefined && splitWords(cmd) === undefined) {
      return [
        {
          path: ['cmd'],
          code: 'BAD_FORMAT',
          message: 'command.cmd: a quote is not closed',
          hint: 'close it, or use argv',
        },
      ];
    }
    return [];
  },
  cmd: ({ argv, cmd }) => argv ?? splitWords(cmd!)!,
  commands: (args, context) => [run(args.argv ?? splitWords(args.cmd!)!, args, context)],
});
