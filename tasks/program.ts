import type { Command } from '../src/command.ts';
import type { Context } from '../src/task.ts';
import { container } from './options.ts';

/** Options that `command` and `shell` share. */
export const programOptions = {
  chdir: { type: 'string', pattern: '^/', maxLength: 4096, description: 'The directory to run in.' },
  creates: { type: 'string', pattern: '^/', maxLength: 4096, description: 'Do nothing if this file exists.' },
  removes: { type: 'string', pattern: '^/', maxLength: 4096, description: 'Do nothing unless this file exists.' },
  stdin: { type: 'string', maxLength: 1048576, description: 'What it reads.' },
  container,
} as const;

interface Program {
  readonly chdir?: string | undefined;
  readonly stdin?: string | undefined;
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly container?: string | undefined;
}

export const run = (
  argv: readonly string[],
  { chdir, stdin, creates, removes, container: where }: Program,
  { scope }: Context,
): Command => ({
  do: 'run',
  scope: scope(where),
  argv,
  ...(stdin === undefined ? {} : { stdin }),
  ...(chdir === undefined ? {} : { cwd: chdir }),
  ...(creates === undefined ? {} : { unless: creates }),
  ...(removes === undefined ? {} : { onlyIf: removes }),
});
