import { Argument, type Command } from 'commander';
import { EXIT, NetwrightError, type Exit } from '../error.ts';
import * as runner from '../run.ts';
import { addExplain } from './explain.ts';
import { addDocs } from './docs.ts';
import { knownKinds, loadKinds } from './kinds.ts';
import {
  changeFlags,
  chooseFlags,
  fleetFlags,
  holder,
  inventoryFlags,
  isPartial,
  hostOptions,
  loadOptions,
  planFlags,
  whole,
  type Flags,
} from './flags.ts';
import { addDoctor, addExec } from './hosts.ts';
import { addImport } from './import.ts';
import { addInventory } from './inventory.ts';
import { hostsProject, labProject, loadProject, type Loaded, type LoadOptions } from './load.ts';
import { reported } from './reporter.ts';
import { readPlan } from './saved-plan.ts';
import { assertUnmoved, digestsOfCode, programsOf } from './unmoved.ts';
import { writeAsked } from './written-file.ts';
import { addRun, validate } from './playbooks.ts';
import { secrets } from './secrets.ts';

/** Adds every command to the program; each ends by saying its exit code. */
export function addCommands(program: Command, done: (exit: Exit) => void): void {
  const command = (name: string, description: string): Command => program.command(name).description(description);
  program.hook('preAction', async (_, called) => {
    // No code before it is known to be the one that the plan was made with.
    if (called.name() !== 'apply') await loadKinds(called.args, taskDirsOf(called.opts<Flags>()));
  });
  const playbook = (): Argument => new Argument('<playbook>', 'a YAML playbook');
  const act = (work: (path: string, flags: Flags) => Promise<Exit> | Exit) => async (path: string, flags: Flags) => {
    done(await work(path, flags));
  };

  addRun(chooseFlags(changeFlags(command('run', 'plan everything, apply it, verify it'))), done);

  chooseFlags(
    planFlags(
      command('plan', 'show every change and why; change nothing; exit 2 if there is any').addArgument(playbook()),
    ),
  )
    .option('--no-prune', 'keep what left the playbook')
    .option('--out <file>', 'save the plan, for apply')
    .action(act(planPlaybook));

  changeFlags(
    command('apply', 'do exactly what a saved plan says, or refuse because the world moved').argument(
      '<plan>',
      'from plan --out',
    ),
  ).action(act(applyPlan));

  changeFlags(
    command('destroy', 'remove what the lab owns, leave the rest as it was found').argument(
      '[playbook]',
      'a YAML playbook',
    ),
  )
    .option('--lab <name>', 'this lab, without its playbook')
    .option('-C, --check', 'show what would be removed')
    .action(act(destroyLab));

  planFlags(
    command('status', 'show what differs from the playbook; exit 2 if anything does').addArgument(playbook()),
  ).action(
    act((path, flags) => {
      const project = load(path, { ...flags, check: true }, true);
      return reported(flags, 'status', path, ({ emit, fleet }) => runner.status(project, emit, fleet));
    }),
  );

  inventoryFlags(
    command('validate', 'check playbook and inventory without any connection').addArgument(playbook()),
  ).action(act((path, flags) => validate(load(path, flags), path)));

  addExplain(command('explain', 'say which file gives a host its variable, and over which'));
  addDocs(command('docs', 'list the kinds of tasks, or tell the options of one'));

  addInventory(command('inventory', 'show hosts, groups and variables as ansible-inventory does'));

  addImport(command('import', 'print the playbook of what another tool is told'));

  addDoctor(fleetFlags(command('doctor', 'show what hosts have and lack')), done);
  addExec(fleetFlags(command('exec', 'run one command on hosts: netwright exec PATTERN -- COMMAND')), done);

  for (const [say, description] of DECISIONS) {
    const decide = fleetFlags(command(say, description));
    if (say === 'extend') decide.requiredOption('--seconds <n>', 'so long from now', whole('--seconds', 5));
    decide.action(async (flags: Flags & { seconds?: number }) => {
      const { targets } = hostsProject(undefined, options(flags));
      const decision = { say, seconds: flags.seconds ?? 0 };
      done(await reported(flags, say, '', ({ emit, fleet }) => runner.decide(targets, decision, emit, fleet)));
    });
  }
}

const DECISIONS = [
  ['confirm', 'keep changes that wait for their confirmation'],
  ['revert', 'take back changes that wait for their confirmation'],
  ['extend', 'give changes that wait for their confirmation more time'],
] as const;

const taskDirsOf = ({ taskDir = [] }: Flags): readonly string[] => taskDir;

const options = (flags: Flags): LoadOptions => ({ kinds: knownKinds(), ...hostOptions(flags) });

const load = (path: string, flags: Flags, asks = false): Loaded => loadProject(path, { ...options(flags), asks });

const SECRET_PLAN = {
  code: 'SECRET_PLAN',
  message: 'the plan holds a secret, so it is not written into a file',
  hint: 'run the playbook instead',
};

function planPlaybook(path: string, flags: Flags): Promise<Exit> {
  const project = load(path, { ...flags, check: true }, true);
  const { out } = flags;
  const prune = flags.prune !== false && !isPartial(flags);
  return reported(flags, 'plan', path, ({ emit, fleet }) =>
    runner.plan(project, emit, { ...fleet, prune }, (save) => {
      if (out === undefined) return;
      const asked = loadOptions(flags);
      const files = { ...project.digests(), ...digestsOfCode(path, taskDirsOf(flags), asked) };
      const saved = save({ playbook: path, files, sources: project.sources, prune, options: { ...asked } });
      if (secrets.isIn(saved)) throw new NetwrightError(SECRET_PLAN);
      writeAsked(out, `${JSON.stringify(saved, null, 2)}\n`, EXIT.refused, 0o600);
    }),
  );
}

async function applyPlan(path: string, flags: Flags): Promise<Exit> {
  const plan = readPlan(path);
  assertUnmoved(plan, taskDirsOf(flags));
  await loadKinds([plan.playbook], taskDirsOf(flags));
  const project = loadProject(plan.playbook, {
    kinds: knownKinds(),
    ...plan.options,
    becomePassword: hostOptions(flags).becomePassword,
    asks: true,
    programs: programsOf(plan),
  });
  if (project.sources !== plan.sources) {
    throw new NetwrightError({
      code: 'STALE_PLAN',
      message: `${plan.playbook}: its inventory or its variables are others than when the plan was made`,
      hint: 'plan again',
    });
  }
  return reported(flags, 'apply', plan.playbook, ({ emit, fleet }) =>
    runner.run(project, emit, { ...fleet, prune: plan.prune, lock: holder(plan.playbook) }, plan),
  );
}

async function destroyLab(path: string | undefined, flags: Flags): Promise<Exit> {
  if ((path === undefined) === (flags.lab === undefined)) {
    throw new NetwrightError({ code: 'BAD_OPTION', message: 'destroy needs either a playbook or --lab NAME' });
  }
  const project = path === undefined ? labProject(flags.lab!, options(flags)) : load(path, flags);
  const dry = flags.check === true;
  const lock = dry ? undefined : holder(path ?? `lab ${flags.lab}`);
  const exit = await reported(flags, 'destroy', path ?? '', ({ emit, fleet }) =>
    runner.destroy(project, emit, { ...fleet, lock, dry }),
  );
  return dry && exit === EXIT.changes ? EXIT.done : exit;
}
