import { Command, CommanderError, Option } from 'commander';
import { EXIT, formatProblem, NetwrightError, sortProblems, type Exit } from './error.ts';
import { addCommands } from './cli/commands.ts';
import { addCompletion } from './cli/completion.ts';
import { annotationOf } from './report.ts';
import { secrets } from './cli/secrets.ts';
import { VERSION } from './version.ts';

/** Runs the tool with these arguments; the only place that knows how a process ends. */
export async function main(argv: readonly string[]): Promise<Exit> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', unlessUnread);
  let exit: Exit = EXIT.done;
  const program = new Command('netwright')
    .description('Networks from YAML playbooks: planned, shown, applied, verified, undone.')
    .version(VERSION, '-V, --version')
    .addOption(new Option('--color', 'colours even in a pipe').hideHelp())
    .showSuggestionAfterError()
    .showHelpAfterError('(netwright --help lists the commands, netwright COMMAND --help its options)')
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', EXAMPLES);
  addCommands(program, (code) => {
    exit = code;
  });
  try {
    await addCompletion(program, argv);
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    return report(error);
  }
}

/** Nobody reads on, as with `| head`, or the terminal is gone: what is being done is done to its end nevertheless. */
function unlessUnread(error: NodeJS.ErrnoException): void {
  if (!['EPIPE', 'EIO', 'ENOSPC'].includes(error.code ?? '')) throw error;
}

const EXAMPLES = `
Examples:
  netwright plan    playbooks/lab.yml                       what would change, and why
  netwright run     playbooks/lab.yml -i inventory/lab.yml  plan, apply, verify
  netwright status  playbooks/lab.yml                       what differs from the playbook (exit 2)
  netwright destroy playbooks/lab.yml                       remove what the lab owns

Exit codes: 0 done, 2 changes planned or drift, 3 a host failed, 4 refused before anything was touched,
5 a host was unreachable, 6 reverted, 7 locked, 130 interrupted, 1 our own bug.`;

function report(error: unknown): Exit {
  if (error instanceof CommanderError) {
    // Help and version are no errors; commander has printed everything by now.
    return error.exitCode === 0 ? EXIT.done : EXIT.refused;
  }
  if (error instanceof NetwrightError) {
    for (const problem of secrets.clean(sortProblems(error.problems))) {
      process.stderr.write(`${formatProblem(problem)}\n`);
      if (process.env.GITHUB_ACTIONS === 'true') process.stderr.write(`${annotationOf(problem)}\n`);
    }
    return error.exit;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`netwright ${VERSION} has a bug; please report this:\n${secrets.blank(text)}\n`);
  return EXIT.bug;
}
