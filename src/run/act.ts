import type { Command } from '../command.ts';
import { followed, type Look } from '../files.ts';
import { describeSteps } from '../report.ts';
import {
  isAnswering,
  isLooking,
  isScripted,
  isWaiting,
  type Decision,
  type Judgement,
  type Looking,
  type Outcome,
  type RunOptions,
  type Verb,
} from '../task.ts';
import type { HostRun } from './host.ts';
import type { ActItem, Item } from './items.ts';
import { runScript, scriptCommand } from './script.ts';

/** What an act came to, before the task's own conditions have a say. */
export interface Acted {
  readonly judgement: Judgement;
  readonly outcomes: readonly Outcome[];
}

/**
 * Looks, decides, and does it. `later` are the items of the host that follow: one look is for them all. `wanted` makes
 * a command one of the user and the environment that the task says.
 */
export async function performLooking(
  host: HostRun,
  item: ActItem,
  kind: Looking,
  later: readonly Item[],
  seconds: number,
  wanted: (command: Command) => Command,
): Promise<Acted> {
  const decision = await foresee(host, item, kind, later);
  const judgement = judgementOf(decision);
  const commands = decision.steps.flatMap((step) => step.commands).map(wanted);
  if (decision.failed !== undefined || commands.length === 0) return { judgement, outcomes: [] };
  const outcomes = await host.act(commands, seconds, item);
  const broken = outcomes.find(({ rc }) => rc !== 0);
  if (broken !== undefined)
    return { judgement: { ...judgement, failed: complaint(broken), changed: false }, outcomes: [broken] };
  for (const step of decision.steps) step.effect(host.sight.seen);
  // What another user makes is his, and whose that is only the host knows.
  if (decision.disturbs || !host.isRoot || commands.some(isAnothers)) host.sight.forget();
  const kept = commands.findIndex((command) => command.do === 'place' && command.backup);
  const backup = outcomes[kept]?.stdout ?? '';
  return {
    judgement: backup === '' ? judgement : { ...judgement, result: { ...judgement.result, backup_file: backup } },
    outcomes: [],
  };
}

const isAnothers = (command: Command): boolean =>
  (command.do === 'run' || command.do === 'place') && ![undefined, 'root'].includes(command.user);

/** What an act would come to, as far as that can be known without doing it. What it would do counts as done. */
export async function foresight(
  host: HostRun,
  lab: string,
  item: ActItem,
  later: readonly Item[],
): Promise<Judgement | undefined> {
  const { kind } = item;
  if (isAnswering(kind)) return kind.answer(item.args, item.values);
  if (isScripted(kind) && kind.inCheck) {
    const onHost = async (script: string, options: RunOptions): Promise<Outcome> =>
      (await host.act([scriptCommand(script, options)], 60, item))[0]!;
    return runScript(kind, item.args, { name: host.name, lab }, true, onHost);
  }
  if (!isLooking(kind)) {
    const idle = await idleness(host, item);
    if (idle !== undefined) return idle;
    host.sight.disturbed ||= !isWaiting(kind) && kind.barrier !== true;
    return undefined;
  }
  const decision = await foresee(host, item, kind, later);
  // What came before may well bring what it lacks.
  if (decision.failed !== undefined && host.sight.disturbed) return undefined;
  if (decision.failed === undefined) for (const step of decision.steps) step.effect(host.sight.seen);
  host.sight.disturbed ||= decision.disturbs === true && decision.steps.length > 0;
  return judgementOf(decision);
}

/** Of a program that has nothing to do: what it makes is there, or what it takes away is not. */
async function idleness(host: HostRun, { args, how }: ActItem): Promise<Judgement | undefined> {
  const { creates, removes } = args as { readonly creates?: string; readonly removes?: string };
  const path = creates ?? removes;
  if (path === undefined || how.delegate !== undefined || host.sight.disturbed) return undefined;
  await host.sight.see(host.name, host.session, [{ look: 'file', path, follow: true }]);
  const found = host.sight.seen.files.get(followed(path));
  if (found === undefined || (found.type === 'absent') === (creates !== undefined)) return undefined;
  const detail = creates === undefined ? `${path} does not exist` : `${path} exists`;
  return { changed: false, detail, told: { rc: 0, stdout: '', stderr: '' } };
}

async function foresee(host: HostRun, item: ActItem, kind: Looking, later: readonly Item[]): Promise<Decision> {
  await host.sight.see(host.name, host.session, [...looksOf(item), ...later.flatMap(looksOf)]);
  return kind.decide(item.args, host.sight.seen, item.sources);
}

const looksOf = (item: Item): readonly Look[] =>
  item.sort === 'act' && item.skipped === undefined && isLooking(item.kind)
    ? item.kind.looks(item.args, item.sources)
    : [];

/** What a decision means if it is carried out. */
function judgementOf({ steps, failed, detail, diffs, result }: Decision): Judgement {
  return {
    changed: failed === undefined && steps.length > 0,
    failed,
    detail: detail ?? describeSteps(steps),
    verb: verbOf(steps.map(({ verb }) => verb)),
    diffs,
    result,
  };
}

const verbOf = (verbs: readonly Verb[]): Verb | undefined => {
  const [first] = verbs;
  return verbs.every((verb) => verb === first) ? first : '~';
};

const complaint = ({ rc, stdout, stderr }: Outcome): string => (stderr || stdout).trim() || `exit code ${rc}`;
