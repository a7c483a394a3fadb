import type { Command } from 'commander';
import { knownKinds } from './kinds.ts';
import { EXIT, NetwrightError, type Exit } from '../error.ts';
import * as runner from '../run.ts';
import { holder, hostOptions, isPartial, type Flags } from './flags.ts';
import { listed } from './listed.ts';
import { loadProject, type Loaded } from './load.ts';
import { prompter } from './person.ts';
import { reported } from './reporter.ts';
import { secrets } from './secrets.ts';

interface RunFlags extends Flags {
  readonly syntaxCheck?: boolean;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly step?: boolean;
}

/** Makes `run` of a command that has the options of every change: playbooks, one after another. */
export const addRun = (command: Command, done: (exit: Exit) => void): void => {
  command
    .argument('<playbook...>', 'YAML playbooks')
    .option('-C, --check', 'show the plan and change nothing')
    .option('--no-prune', 'keep what left the playbook')
    .option('--syntax-check', 'check the playbooks without any connection, as validate does')
    .option('--list-hosts', 'show the hosts of each play and do nothing')
    .option('--list-tasks', 'show the tasks of each play and do nothing')
    .option('--list-tags', 'show the tags of each play and do nothing')
    .option('--force-handlers', 'run the handlers of a host that failed as well')
    .option('--step', 'ask before each task: yes, no, or go on without asking')
    .option('--flush-cache', 'for Ansible: there is no cache')
    .action(async (paths: readonly string[], flags: RunFlags) => {
      // All of them, so that a mistake in the last is known before the first does anything.
      const projects = paths.map(
        (path) =>
          [path, loadProject(path, { kinds: knownKinds(), ...hostOptions(flags), asks: !isQuiet(flags) })] as const,
      );
      let exit: Exit = EXIT.done;
      for (const [path, project] of projects) {
        exit = await runOne(path, project, flags);
        if (exit !== EXIT.done) break;
      }
      done(exit);
    });
};

async function runOne(path: string, project: Loaded, flags: RunFlags): Promise<Exit> {
  if (flags.syntaxCheck) return checked(project, path);
  if (flags.listHosts || flags.listTasks || flags.listTags) {
    assertSound(project);
    process.stdout.write(secrets.blank(listed(project.resolver, path, flags)));
    return EXIT.done;
  }
  const prune = flags.prune !== false && !isPartial(flags) && flags.step !== true;
  return reported(flags, 'run', path, async ({ emit, fleet }) => {
    if (!flags.check) return runner.run(project, emit, { ...fleet, prune, step: stepper(flags), lock: holder(path) });
    const exit = await runner.plan(project, emit, { ...fleet, prune });
    return exit === EXIT.changes ? EXIT.done : exit;
  });
}

/** Says that a playbook is as it should be, or all that is not. */
export function validate(project: Loaded, path: string): Exit {
  assertSound(project);
  const tasks = project.plays.reduce((sum, play) => sum + play.written.length, 0);
  const counts = [count(project.plays.length, 'play'), count(tasks, 'task'), count(project.targets.size, 'host')];
  process.stdout.write(`${path} is valid: ${counts.join(', ')}\n`);
  return EXIT.done;
}

/** The same in the words of ansible-playbook. */
function checked(project: Loaded, path: string): Exit {
  assertSound(project);
  process.stdout.write(`\nplaybook: ${path}\n`);
  return EXIT.done;
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** Nothing is done, so nobody is asked for anything. */
const isQuiet = ({ syntaxCheck, listHosts, listTasks, listTags }: RunFlags): boolean =>
  [syntaxCheck, listHosts, listTasks, listTags].includes(true);

function stepper({ step }: RunFlags) {
  if (step !== true) return undefined;
  const ask = prompter();
  if (ask) return ask;
  throw new NetwrightError({
    code: 'NO_TERMINAL',
    message: '--step: there is no terminal to ask at',
    hint: 'use --tags or --start-at-task',
  });
}

function assertSound({ problems }: Loaded): void {
  if (problems.length > 0) throw new NetwrightError(problems);
}
