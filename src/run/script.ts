import { quote, type Command } from '../command.ts';
import { NetwrightError, printable } from '../error.ts';
import type { Judgement, Outcome, Run, RunOptions, RunOutput, Scripted } from '../task.ts';

/** Runs one command line of a shell on the host. */
type OnHost = (script: string, options: RunOptions) => Promise<Outcome>;

/** What its words come to on the host: a script of sh that ends with the first command that fails. */
export const scriptCommand = (script: string, { input, cwd }: RunOptions): Command => ({
  do: 'run',
  scope: '',
  argv: ['sh', '-c', `set -eu\n${script}`],
  ...(input === undefined ? {} : { stdin: input }),
  ...(cwd === undefined ? {} : { cwd }),
});

/** A command of a script that failed, with the place in the script where it was run. */
class CommandFailed extends Error {}

/** Runs a user's script for one host. What goes wrong in it is told with its own place, and not with ours. */
export async function runScript(
  kind: Scripted,
  args: unknown,
  host: { readonly name: string; readonly lab: string },
  check: boolean,
  onHost: OnHost,
): Promise<Judgement> {
  let ran = false;
  const run = tagOf((script, options) => {
    ran = true;
    return onHost(script, options);
  });
  try {
    const answer = await kind.script({ $: run, host, args, check });
    const result = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    const { changed = ran, msg = typeof answer === 'string' ? answer : '' } = result;
    return { changed: changed === true, detail: printable(String(msg)), result };
  } catch (error) {
    if (error instanceof NetwrightError) throw error;
    const [what, from] = error instanceof Error ? [error.message, error] : [String(error), undefined];
    const place = placeIn(from, kind.file);
    return { changed: false, failed: printable(`${place === undefined ? '' : `${place}: `}${what}`), detail: '' };
  }
}

/** `$`, and what `$({ … })` gives. */
function tagOf(onHost: OnHost, options: RunOptions = {}): Run {
  const run = (first: TemplateStringsArray | RunOptions, ...values: readonly unknown[]): unknown => {
    if (!('raw' in first)) return tagOf(onHost, { ...options, ...first });
    const script = first.reduce((text, part, index) => `${text}${word(values[index - 1])}${part}`);
    // Made here, where the script's own frames are still on the stack.
    const failure = new CommandFailed();
    return execute(onHost, script, options, failure);
  };
  return run as Run;
}

async function execute(
  onHost: OnHost,
  script: string,
  options: RunOptions,
  failure: CommandFailed,
): Promise<RunOutput> {
  const { rc, stdout, stderr } = await onHost(script, options);
  if (rc === 0 || options.nothrow === true) {
    return { stdout, stderr, exitCode: rc, toString: () => stdout.replace(/\n$/, '') };
  }
  const [first = ''] = (stderr || stdout).trim().split('\n');
  failure.message = `exit code ${rc}${first === '' ? '' : `: ${first}`}`;
  throw failure;
}

/** A value as words of the shell. What is none is refused: it is a mistake, and would be a word like "undefined". */
function word(value: unknown): string {
  if (Array.isArray(value)) return value.map(word).join(' ');
  if (typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))) return quote(`${value}`);
  throw new TypeError(`$ takes texts, numbers and lists of them, not ${value === null ? 'null' : typeof value}`);
}

/** `tasks/mtu.ts:12:9`: the first frame that is in the script. */
function placeIn(error: Error | undefined, file: string | undefined): string | undefined {
  if (error?.stack === undefined || file === undefined) return undefined;
  for (const line of error.stack.split('\n')) {
    const [end, row, column] = /:(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (end === undefined) continue;
    const [path = ''] = line.slice(line.lastIndexOf('(') + 1, -end.length).split('?');
    if (decodeURI(path.slice(path.indexOf('/')).replace('//', '')) === file) return `${file}:${row}:${column}`;
  }
  return file;
}
