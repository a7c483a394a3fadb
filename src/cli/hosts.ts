import { Option, type Command } from 'commander';
import { knownKinds } from './kinds.ts';
import { NetwrightError, type Exit } from '../error.ts';
import * as runner from '../run.ts';
import { hostOptions, whole, type Flags } from './flags.ts';
import { hostsProject, type Loaded } from './load.ts';
import { reported } from './reporter.ts';

/** One word is a line for a shell; several are a program and its arguments. */
const argvOf = (words: readonly string[]): readonly string[] => (words.length === 1 ? ['sh', '-c', words[0]!] : words);

function targetsOf(pattern: string | undefined, flags: Flags): Loaded['targets'] {
  const { problems, targets } = hostsProject(pattern, { kinds: knownKinds(), ...hostOptions(flags) });
  // There is no playbook to point at.
  if (problems.length > 0) throw new NetwrightError(problems.map((problem) => ({ ...problem, place: undefined })));
  return targets;
}

/** Makes `doctor` of a command that has the options of every fleet. */
export const addDoctor = (command: Command, done: (exit: Exit) => void): void => {
  command
    .argument('[pattern]', 'which hosts; all of the inventory, or this machine')
    .action(async (pattern: string | undefined, flags: Flags) => {
      const targets = targetsOf(pattern, flags);
      done(await reported(flags, 'doctor', '', ({ emit, fleet }) => runner.doctor(targets, emit, fleet)));
    });
};

/** An option of the command's own would be taken for ours: `exec h1 ls -l web`. */
function assertApart(words: readonly string[], argv: readonly string[]): void {
  const after = argv.includes('--') ? [] : argv.slice(argv.indexOf(words[0] ?? '') + 1);
  if (!after.some((word) => word.startsWith('-'))) return;
  throw new NetwrightError({
    code: 'BAD_OPTION',
    message: `exec: the options after "${words[0]}" may be its own, or ours`,
    hint: 'write -- before the command: netwright exec PATTERN -- COMMAND',
  });
}

/** Makes `exec` of a command that has the options of every fleet. */
export const addExec = (command: Command, done: (exit: Exit) => void): void => {
  command
    .argument('<pattern>', 'which hosts')
    .argument('<command...>', 'a program and its arguments, or one text for sh')
    .showHelpAfterError('(netwright exec PATTERN -- COMMAND; netwright exec --help says more)')
    .addOption(
      new Option('--deadline <seconds>', 'for the command on each host').default(600).argParser(whole('--deadline', 1)),
    )
    .action(async (pattern: string, words: readonly string[], flags: Flags & { readonly deadline: number }) => {
      assertApart(words, process.argv);
      const targets = targetsOf(pattern, flags);
      const one = { argv: argvOf(words), seconds: flags.deadline };
      done(await reported(flags, 'exec', '', ({ emit, fleet }) => runner.adHoc(targets, one, emit, fleet)));
    });
};
