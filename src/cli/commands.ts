import { Argument, Option, type Command } from 'commander';
import { userInfo, hostname } from 'node:os';
import { kinds } from '../../tasks/index.ts';
import { EXIT, NetwrightError, type Exit } from '../error.ts';
import { jsonReporter, lineReporter, EVENTS_VERSION, type Emit } from '../report.ts';
import * as runner from '../run.ts';
import { labProject, loadProject, type LoadOptions } from './load.ts';

interface Flags {
  readonly inventory?: string[];
  readonly limit?: string;
  readonly extraVars?: string[];
  readonly json?: boolean;
  readonly forks: number;
  readonly timeout: number;
  readonly sshConfig?: string;
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly verbose?: number;
  readonly prune?: boolean;
  readonly lockTimeout?: number;
  readonly confirm?: number;
  readonly lab?: string;
  readonly user?: string;
  readonly privateKey?: string;
  readonly become?: boolean;
  readonly connection?: string;
}

/** Adds every command to the program; each ends by saying its exit code. */
export function addCommands(program: Command, done: (exit: Exit) => void): void {
  const playbook = (): Argument => new Argument('<playbook>', 'a YAML playbook');
  const command = (name: string, description: string): Command => program.command(name).description(description);

  fleetOptions(command('run', 'plan everything, apply it, verify it').addArgument(playbook()), true)
    .option('-C, --check', 'show the plan and change nothing')
    .option('--no-prune', 'keep what left the playbook')
    .action(async (path: string, flags: Flags) => {
      const project = load(path, flags);
      const emit = reporter(flags, 'run', path);
      const options = { ...fleet(flags), prune: flags.prune !== false };
      if (flags.check) {
        const exit = await runner.plan(project, emit, options);
        done(exit === EXIT.changes ? EXIT.done : exit);
        return;
      }
      done(await runner.run(project, emit, { ...options, lock: holder(path), lockTimeout: flags.lockTimeout ?? 0 }));
    });

  fleetOptions(command('plan', 'show every change and why; change nothing; exit 2 if there is any').addArgument(playbook()))
    .option('--no-prune', 'keep what left the playbook')
    .action(async (path: string, flags: Flags) => {
      done(await runner.plan(load(path, flags), reporter(flags, 'plan', path), { ...fleet(flags), prune: flags.prune !== false }));
    });

  fleetOptions(
    command('destroy', 'remove what the lab owns, leave the rest as it was found').argument('[playbook]', 'a YAML playbook'),
    true,
  )
    .option('--lab <name>', 'this lab, without its playbook')
    .option('-C, --check', 'show what would be removed')
    .action(async (path: string | undefined, flags: Flags) => {
      const project = destroyed(path, flags);
      const dry = flags.check === true;
      const lock = dry ? undefined : holder(path ?? `lab ${flags.lab ?? ''}`);
      const exit = await runner.destroy(project, reporter(flags, 'destroy', path ?? ''), {
        ...fleet(flags),
        lock,
        lockTimeout: flags.lockTimeout ?? 0,
        dry,
      });
      done(dry && exit === EXIT.changes ? EXIT.done : exit);
    });

  fleetOptions(command('status', 'show what differs from the playbook; exit 2 if anything does').addArgument(playbook())).action(
    async (path: string, flags: Flags) => {
      done(await runner.status(load(path, flags), reporter(flags, 'status', path), fleet(flags)));
    },
  );

  inventoryOptions(command('validate', 'check playbook and inventory without any connection').addArgument(playbook())).action(
    (path: string, flags: Flags) => {
      const project = load(path, flags);
      if (project.problems.length > 0) throw new NetwrightError(project.problems);
      const tasks = project.plays.reduce((sum, play) => sum + play.written.length, 0);
      const hosts = project.targets.size;
      process.stdout.write(`${path} is valid: ${count(project.plays.length, 'play')}, ${count(tasks, 'task')}, ${count(hosts, 'host')}\n`);
      done(EXIT.done);
    },
  );
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

const collect = (value: string, before: string[] = []): string[] => [...before, value];

const whole =
  (name: string, least: number) =>
  (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least) return number;
    throw new NetwrightError({ code: 'BAD_OPTION', message: `${name}: not a whole number of at least ${least}: ${value}` });
  };

function inventoryOptions(command: Command): Command {
  return command
    .option('-i, --inventory <file>', "an Ansible inventory, or hosts with commas ('a,b,'); may come several times", collect)
    .option('-l, --limit <pattern>', 'only these of the hosts')
    .option('-e, --extra-vars <vars>', 'variables: name=value, JSON, or @file', collect);
}

function fleetOptions(command: Command, changes = false): Command {
  inventoryOptions(command)
    .addOption(new Option('-f, --forks <n>', 'hosts at a time').default(50).argParser(whole('--forks', 1)))
    .addOption(new Option('-T, --timeout <seconds>', 'for a connection').default(10).argParser(whole('--timeout', 1)))
    .option('-u, --user <name>', 'the user to log in as')
    .option('--private-key <file>', 'the key to log in with')
    .option('-b, --become', 'become root through sudo')
    .option('-c, --connection <type>', 'ssh or local')
    .option('--ssh-config <file>', 'an ssh_config instead of your own')
    .option('-D, --diff', 'show the commands of each change')
    .option('--json', 'one JSON object per event and line')
    .option('-v, --verbose', 'say more; may come several times', (_: string, before: number) => before + 1, 0);
  if (changes) {
    command.addOption(
      new Option('--confirm <seconds>', 'take every change back unless a new connection confirms it in time').argParser(
        whole('--confirm', 5),
      ),
    );
    command.addOption(
      new Option('--lock-timeout <seconds>', 'wait so long for a host that somebody else works on').argParser(whole('--lock-timeout', 0)),
    );
  }
  return command;
}

const loadOptions = (flags: Flags): LoadOptions => ({
  kinds,
  inventories: flags.inventory ?? [],
  limit: flags.limit,
  extraVars: flags.extraVars ?? [],
  user: flags.user,
  privateKey: flags.privateKey,
  become: flags.become,
  connection: flags.connection,
});

const load = (path: string, flags: Flags): runner.Project => loadProject(path, loadOptions(flags));

function destroyed(path: string | undefined, flags: Flags): runner.Project {
  if (path !== undefined && flags.lab === undefined) return load(path, flags);
  if (path === undefined && flags.lab !== undefined) return labProject(flags.lab, loadOptions(flags));
  throw new NetwrightError({ code: 'BAD_OPTION', message: 'destroy needs either a playbook or --lab NAME' });
}

const fleet = (flags: Flags) => ({
  forks: flags.forks,
  connectTimeoutSeconds: flags.timeout,
  sshConfig: flags.sshConfig,
  confirm: flags.confirm,
  lockTimeout: 0,
});

const holder = (playbook: string) => ({ who: `${userInfo().username}@${hostname()} (process ${process.pid})`, playbook });

function reporter(flags: Flags, command: string, playbook: string): Emit {
  const write = (text: string): void => void process.stdout.write(text);
  const verbose = (flags.verbose ?? 0) + (flags.diff ? 1 : 0);
  const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const emit = flags.json ? jsonReporter(write) : lineReporter(write, { colour, verbose });
  emit({ type: 'start', version: EVENTS_VERSION, command, playbook });
  return emit;
}
