import type { Command } from '../src/command.ts';
import { defineTask, type Context } from '../src/task.ts';
import { container, toContainer } from './options.ts';

const common = {
  chdir: { type: 'string', pattern: '^/', maxLength: 4096, description: 'The directory to run in.' },
  creates: { type: 'string', pattern: '^/', maxLength: 4096, description: 'Do nothing if this file exists.' },
  removes: { type: 'string', pattern: '^/', maxLength: 4096, description: 'Do nothing unless this file exists.' },
  stdin: { type: 'string', maxLength: 1048576, description: 'What it reads.' },
  container,
} as const;

interface Where {
  readonly chdir?: string | undefined;
  readonly stdin?: string | undefined;
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly container?: string | undefined;
}

const run = (argv: readonly string[], { chdir, stdin, creates, removes, container: where }: Where, { scope }: Context): Command => ({
  do: 'run',
  scope: scope(where),
  argv,
  ...(stdin === undefined ? {} : { stdin }),
  ...(chdir === undefined ? {} : { cwd: chdir }),
  ...(creates === undefined ? {} : { unless: creates }),
  ...(removes === undefined ? {} : { onlyIf: removes }),
});

export const command = defineTask({
  kind: 'command',
  description: 'Runs a program where it stands in the order; no shell, so nothing in its words is special.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      argv: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'The program and its words.' },
      cmd: { type: 'string', minLength: 1, description: 'The same as one line, split at spaces, with quotes.' },
      ...common,
    },
  },
  references: ({ container: where }) => toContainer(where),
  check({ argv, cmd }) {
    if ((argv === undefined) === (cmd === undefined)) {
      return [{ path: [], code: 'CONFLICT', message: 'command: needs either argv or cmd', hint: 'argv: [ip, -br, addr]' }];
    }
    if (cmd !== undefined && splitWords(cmd) === undefined) {
      return [{ path: ['cmd'], code: 'BAD_FORMAT', message: 'command.cmd: a quote is not closed' }];
    }
    return [];
  },
  commands: (args, context) => [run(args.argv ?? splitWords(args.cmd!)!, args, context)],
});

export const shell = defineTask({
  kind: 'shell',
  description: 'Runs a script with sh where it stands in the order.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: { cmd: { type: 'string', minLength: 1, description: 'The script.' }, ...common },
  },
  references: ({ container: where }) => toContainer(where),
  commands: (args, context) => [run(['sh', '-c', args.cmd], args, context)],
});

/** Words at white space; quotes and backslashes as in POSIX (2.2), nothing else is special. */
function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  const token = /\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)/gsy;
  let end = 0;
  for (let found = token.exec(line); found; found = token.exec(line)) {
    words.push(found[1]!.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
    ));
    end = token.lastIndex;
  }
  return line.slice(end).trim() === '' ? words : undefined;
}
