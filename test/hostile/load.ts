import { join } from 'node:path';
import { loadText, type Loaded } from '../../src/cli/load.ts';
import { renderApply } from '../../src/apply.ts';
import { DiskFiles } from '../../src/cli/files.ts';
import type { Command } from '../../src/command.ts';
import type { Look } from '../../src/files.ts';
import { formatProblem, NetwrightError, sortProblems, type Problem } from '../../src/error.ts';
import { gatherScript } from '../../src/gather.ts';
import { ledgerReads, planHost, readsOf } from '../../src/plan.ts';
import { describeChanges } from '../../src/report.ts';
import { kinds } from '../../tasks/index.ts';
import type { ActItem } from '../../src/run.ts';
import { isAnswering, isLooking, isWaiting, type Endpoint } from '../../src/task.ts';
import type { Written } from '../tasks/case.ts';
import { Host } from '../tasks/host.ts';
import { pretendedSight } from '../tasks/looking.ts';

/** What a playbook comes to, without any host: what is wrong with it, or every command that it would lead to. */
export interface Taken {
  readonly problems: readonly Problem[];
  readonly commands: readonly Command[];
  /** What tasks ask of the host before they decide. */
  readonly looks: readonly Look[];
  readonly scripts: readonly string[];
  /** Options of tasks that say something and run nothing. */
  readonly answers: readonly unknown[];
}

/** What is there before the playbook. */
export interface Setting {
  readonly host: Host;
  readonly groups?: Written['groups'];
  readonly elsewhere?: readonly Endpoint[] | undefined;
  /** Files, packages and services. */
  readonly sight?: Pick<Written, 'has' | 'packages' | 'service'> | undefined;
  /** Where the playbook lies, with the files that it names. */
  readonly folder?: string | undefined;
}

const BARE: Setting = { host: new Host() };
const NOTHING = { commands: [], looks: [], scripts: [], answers: [] };
const INVENTORY = 'inventory.yml';

/** The disk, and one inventory that is nowhere. */
class WithInventory extends DiskFiles {
  readonly #text: string;

  constructor(groups: NonNullable<Written['groups']>) {
    super();
    const members = Object.entries(groups).map(([group, hosts]) => [
      group,
      {
        hosts: Object.fromEntries(
          Object.entries(hosts).map(([host, ip]) => [host, ip === null ? {} : { ansible_host: ip }]),
        ),
      },
    ]);
    this.#text = JSON.stringify({ all: { hosts: { h1: {} } }, ...Object.fromEntries(members) });
  }

  override read(path: string): string | undefined {
    return path === INVENTORY ? this.#text : super.read(path);
  }

  override real(path: string): string | undefined {
    return path === INVENTORY ? path : super.real(path);
  }
}

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Takes a text all the way that needs no host; anything but a NetwrightError is let through, for it is our own bug. */
export function take(text: string, setting = BARE): Taken {
  try {
    const { groups, folder } = setting;
    const files = groups ? new WithInventory(groups) : new DiskFiles();
    const options = { kinds, inventories: groups ? [INVENTORY] : [], extraVars: [] };
    const project = loadText(
      text,
      folder === undefined ? 'lab.yml' : join(folder, 'lab.yml'),
      'lab.yml',
      options,
      files,
    );
    return project.problems.length > 0 ? { problems: shown(project.problems), ...NOTHING } : plan(project, setting);
  } catch (error) {
    if (!(error instanceof NetwrightError)) throw error;
    return { problems: shown(error.problems), ...NOTHING };
  }
}

/** What is wrong can be told to a terminal. */
function shown(problems: readonly Problem[]): readonly Problem[] {
  for (const problem of sortProblems(problems)) {
    const text = formatProblem(problem);
    if (CONTROL.test(text)) throw new Error(`not for a terminal: ${JSON.stringify(text)}`);
  }
  return problems;
}

function plan({ plays }: Loaded, { host: pretended, elsewhere = [], sight = {} }: Setting): Taken {
  const problems: Problem[] = [];
  const commands: Command[] = [];
  const looks: Look[] = [];
  const scripts: string[] = [];
  const answers: unknown[] = [];
  for (const play of plays) {
    for (const host of play.hosts) {
      const items = play.items(host);
      const tasks = items.flatMap((item) => (item.sort === 'state' ? [item.task] : []));
      const reads = readsOf(play.lab, host, tasks);
      const world = pretended.look([...reads, ...ledgerReads(pretended.world, play.lab)]);
      const planned = planHost({
        lab: play.lab,
        host,
        playbook: 'lab.yml',
        tasks,
        world,
        prune: true,
        everywhere: () => elsewhere,
      });
      problems.push(...planned.problems);
      if (planned.problems.length > 0) continue;
      const own = planned.tasks.flatMap(({ changes }) => changes).flatMap((change) => change.commands);
      for (const { changes } of planned.tasks) describeChanges(changes);
      for (const item of items) {
        if (item.sort !== 'act' || item.skipped !== undefined) continue;
        if (isAnswering(item.kind)) answers.push(item.args);
        else if (isWaiting(item.kind)) answers.push(item.kind.waits(item.args as never));
        else if (isLooking(item.kind)) {
          const { asked, steps } = looked(item, sight);
          looks.push(...asked);
          own.push(...steps.flatMap((step) => step.commands));
          for (const { what, why } of steps) answers.push(`${what} ${why}`);
        } else if ('commands' in item.kind) {
          const { kind } = item;
          const commands = kind.commands(item.args as never, planned.context, item.sources);
          own.push(...commands);
          // What it says when all goes wrong.
          const outcomes = commands.map(() => ({ rc: 9, stdout: '', stderr: '' }));
          answers.push(kind.judge?.(item.args as never, commands, outcomes));
        }
      }
      commands.push(...own);
      const { intent, final } = planned;
      const numbered = own.map((command, id) => ({ id, command }));
      scripts.push(gatherScript(reads), renderApply(numbered, { intent, final }, '', []).text);
    }
  }
  return { problems: shown(problems), commands, looks, scripts, answers };
}

/** What a kind asks, and does where nothing is there yet, and where all is. */
function looked({ kind, args, sources }: ActItem, sight: NonNullable<Setting['sight']>) {
  if (!isLooking(kind)) throw new TypeError(`${kind.kind} does not look`);
  const asked = kind.looks(args as never, sources);
  const steps = [false, true].flatMap(
    (there) => kind.decide(args as never, pretendedSight(asked, sight, there), sources).steps,
  );
  return { asked, steps };
}
