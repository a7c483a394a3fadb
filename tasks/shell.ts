import { defineTask } from '../src/task.ts';
import { toContainer } from './options.ts';
import { programOptions, run } from './program.ts';

export const shell = defineTask({
  kind: 'shell',
  description: 'Runs a script with sh, or another shell, where it stands in the order.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ cmd: 'ip -br addr | grep -c UP' }],
    required: ['cmd'],
    properties: {
      cmd: { type: 'string', minLength: 1, description: 'The script.' },
      executable: {
        type: 'string',
        format: 'path',
        maxLength: 4096,
        default: '/bin/sh',
        description: 'The shell.',
        examples: ['/bin/bash'],
      },
      ...programOptions,
    },
  },
  detaches: true,
  references: ({ container: where }) => toContainer(where),
  cmd: ({ cmd }) => cmd,
  commands: (args, context) => [run([args.executable, '-c', args.cmd], args, context)],
});
