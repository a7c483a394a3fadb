import type { Command } from '../../src/command.ts';
import { readResults, renderApply, type Numbered } from '../../src/apply.ts';
import type { Session } from '../../src/connect.ts';
import type { Outcome } from '../../src/task.ts';
import type { RigHost } from '../net/rig.ts';

type Run = Extract<Command, { do: 'run' }>;

/** One text at one leaf, and the commands that its playbook comes to. */
export interface Delivered {
  readonly leaf: string;
  readonly text: string;
  readonly commands: readonly Command[];
}

/** Prints every argument that it was given, and then its input; nothing else happens. */
const RECORD = 'printf "%s\\0" "$@"; exec cat';

/** The program of a command replaced by one that says what it was called with. */
function recorded({ argv, stdin, cwd, unless, onlyIf }: Run): Run {
  return {
    do: 'run',
    scope: '',
    // With the directory that it was told to work in.
    argv: ['sh', '-c', cwd === undefined ? RECORD : `stat -c %i .; ${RECORD}`, 'record', ...argv],
    ...(stdin === undefined ? {} : { stdin }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(unless === undefined ? {} : { unless }),
    ...(onlyIf === undefined ? {} : { onlyIf }),
  };
}

/** For each path `kind inode`, as somebody sees it who has no part in all this; `none 0` where there is nothing. */
async function seen(host: RigHost, paths: readonly string[]): Promise<string[]> {
  const script = 'for path do stat -L -c "%F %i" -- "$path" 2>/dev/null || echo none 0; done';
  const { stdout } = await host.exec(['sh', '-c', script, 'seen', ...paths]);
  return stdout.split('\n').slice(0, -1);
}

/** How many texts came through a session unchanged, by leaf; what did not is an error. */
export async function deliver(
  host: RigHost,
  session: Session,
  all: readonly Delivered[],
): Promise<Map<string, number>> {
  const runs = all.flatMap(({ leaf, text, commands }) =>
    commands.flatMap((command) =>
      command.do === 'run' ? [{ leaf, text, command: recorded(command), argv: command.argv }] : [],
    ),
  );
  // Some of the directories to work in, and some of the files that keep a program from running.
  const places = runs.flatMap(({ command: { cwd, unless } }) => [cwd ?? [], unless ?? []].flat());
  await host.exec(['mkdir', '-p', '--', ...places]);
  const paths = [
    ...new Set(runs.flatMap(({ command: { cwd = '/', unless = '/', onlyIf = '/' } }) => [cwd, unless, onlyIf])),
  ];
  const found = await seen(host, paths);
  const at = (path: string): string => found[paths.indexOf(path)]!;

  const numbered = runs.map(({ command }, id): Numbered => ({ id, command }));
  const { text: script, steps } = renderApply(numbered, {}, '', [], true);
  const { outcomes } = readResults(steps, (await session.exchange(script, { deadlineSeconds: 300 })).list);
  const came = new Map<string, number>();
  for (const [id, { leaf, text, command, argv }] of runs.entries()) {
    const { unless, onlyIf, cwd = '/', stdin = '' } = command;
    const outcome = outcomes.get(id);
    const [kind, inode] = at(cwd).split(/ (?=[0-9]+$)/);
    const wanted: Partial<Outcome> =
      unless !== undefined && at(unless) !== 'none 0'
        ? { skipped: `${unless} exists` }
        : onlyIf !== undefined && at(onlyIf) === 'none 0'
          ? { skipped: `${onlyIf} does not exist` }
          : { rc: 0, stdout: `${command.cwd === undefined ? '' : `${inode}\n`}${zeroed(argv)}${stdin}` };
    // A directory that is none is nothing to work in, whatever its name.
    if (command.cwd !== undefined && kind !== 'directory' && wanted.skipped === undefined) {
      if (outcome?.rc === 0) throw new Error(`${leaf}: worked in ${JSON.stringify(cwd)}, which is ${kind}`);
      continue;
    }
    const got = outcome && { skipped: outcome.skipped, rc: outcome.rc, stdout: outcome.stdout };
    for (const [key, value] of Object.entries(wanted)) {
      const is = got?.[key as keyof typeof got];
      if (is !== value)
        throw new Error(
          `${leaf}: ${JSON.stringify(text)}: ${key} is ${JSON.stringify(is)}, not ${JSON.stringify(value)}`,
        );
    }
    came.set(leaf, (came.get(leaf) ?? 0) + 1);
  }
  return came;
}

const zeroed = (argv: readonly string[]): string => argv.map((arg) => `${arg}\0`).join('');

/** The same for programs that are started and left alone: all of them as one. */
export async function deliverStarted(session: Session, all: readonly Delivered[]): Promise<number> {
  const argv = all.flatMap(({ commands }) =>
    commands.flatMap((command) => (command.do === 'start' ? command.argv : [])),
  );
  const program = ['sh', '-c', 'printf "%s\\0" "$@" >/run/started; exec sleep 1000', 'sh', ...argv];
  const commands: Command[] = [
    { do: 'run', scope: '', argv: ['ip', 'netns', 'add', 'started'] },
    { do: 'start', scope: 'started', argv: program, digest: 'd' },
    { do: 'run', scope: '', argv: ['cat', '/run/started'] },
    { do: 'stop', scope: 'started' },
  ];
  const { text, steps } = renderApply(
    commands.map((command, id) => ({ id, command })),
    {},
    '',
    [],
  );
  const { outcomes } = readResults(steps, (await session.exchange(text)).list);
  if (outcomes.get(2)?.stdout !== zeroed(argv)) throw new Error(`started with ${JSON.stringify(outcomes.get(2))}`);
  return all.length;
}
