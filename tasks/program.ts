import { HOST, type Command, type Scope } from '../src/command.ts';
import type { Context } from '../src/task.ts';
import { container } from './options.ts';

/** Options that `command` and `shell` share. */
export const programOptions = {
  chdir: { type: 'string', pattern: '^/', maxLength: 4096, description: 'The directory to run in.' },
  creates: { type: 'string', pattern: '^/', maxLength: 4096, description: 'Do nothing if this file exists.' },
  removes: { type: 'string', pattern: '^/', maxLength: 4096, description: 'Do nothing unless this file exists.' },
  stdin: { type: 'string', maxLength: 1048576, description: 'What it reads.' },
  stdin_add_newline: { type: 'boolean', default: true, description: 'Whether a line end comes after stdin.' },
  container,
} as const;

interface Program {
  readonly stdin_add_newline?: boolean | undefined;
  readonly chdir?: string | undefined;
  readonly stdin?: string | undefined;
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly container?: string | undefined;
}

/** A container of an engine has files and programs of its own, and the engine's means to run something there. */
function within(
  argv: readonly string[],
  { chdir, stdin }: Program,
  inside: ReturnType<Context['engine']>,
  scope: Scope,
): Pick<Extract<Command, { do: 'run' }>, 'scope' | 'argv' | 'cwd'> {
  if (inside === undefined) return { scope, argv, ...(chdir === undefined ? {} : { cwd: chdir }) };
  const flags = [
    ...(stdin === undefined ? [] : ['--interactive']),
    ...(chdir === undefined ? [] : [`--workdir=${chdir}`]),
  ];
  return { scope: HOST, argv: [inside.runtime, 'exec', ...flags, inside.name, ...argv] };
}

export const run = (
  argv: readonly string[],
  { chdir, stdin, stdin_add_newline: ends, creates, removes, container: where }: Program,
  { scope, engine }: Context,
): Command => ({
  do: 'run',
  ...within(argv, { chdir, stdin }, where === undefined ? undefined : engine(where), scope(where)),
  ...(stdin === undefined ? {} : { stdin: ends === true ? `${stdin}\n` : stdin }),
  ...(creates === undefined ? {} : { unless: creates }),
  ...(removes === undefined ? {} : { onlyIf: removes }),
});
