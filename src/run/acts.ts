import type { Command } from '../command.ts';
import { EXIT, NetwrightError } from '../error.ts';
import {
  isAnswering,
  isLooking,
  isScripted,
  isWaiting,
  type Judgement,
  type Outcome,
  type RunOptions,
} from '../task.ts';
import { byExitCode } from '../task/exit-code.ts';
import { begun } from './job.ts';
import { runScript, scriptCommand } from './script.ts';
import { foresight, performLooking, type Acted } from './act.ts';
import type { Member } from './fleet.ts';
import { ahead, handled, notify } from './notify.ts';
import type { ActItem, Item, Written } from './items.ts';
import { withSeen } from './seen.ts';
import { pauseFor } from './pausing.ts';
import type { Settled } from './project.ts';
import type { Run } from './context.ts';

/** How long a procedural task may take, in seconds, before its host gives it up. */
const ACT_SECONDS = 600;

/** How long it may take to begin one that goes on by itself. */
const BEGIN_SECONDS = 30;

type Status = 'ok' | 'changed' | 'failed' | 'ignored' | 'skipped';

/** The items of a procedural task on one host. */
export function actItems({ play }: Run, member: Member, act: Written | undefined): ActItem[] {
  if (act === undefined) return [];
  const items = play.items(member.name).filter(({ index }) => index === act.index);
  assertKnown(items);
  return items.flatMap((item) => (item.sort === 'act' ? [item] : []));
}

/** What was late has been decided by now, unless the task that it waits for never ran on this host. */
export function assertKnown(items: readonly Item[]): void {
  const late = items.find((item) => item.sort === 'late');
  if (late?.sort !== 'late') return;
  throw new NetwrightError(
    { code: 'UNDEFINED_VARIABLE', message: `${late.title}: needs the result of "${late.reason}", which did not run` },
    EXIT.failed,
  );
}

const hostOf = ({ play: { lab } }: Run, { name }: Member) => ({ name, lab });

/** How a script's commands are run: as the task says, in the session that is there anyway. */
const onHost =
  (run: Run, member: Member, item: ActItem, seconds: number) =>
  async (script: string, options: RunOptions): Promise<Outcome> => {
    const there = run.fleet.member(item.how.delegate ?? member.name).run!;
    const [outcome] = await there.act([asWanted(run, member, item)(scriptCommand(script, options))], seconds, item);
    return outcome!;
  };

export function commandsOf(run: Run, member: Member, item: ActItem): Command[] {
  if (item.skipped !== undefined || !('commands' in item.kind)) return [];
  const { context } = member.plans.get(run.play.lab)!;
  return item.kind
    .commands(
      item.args,
      withSeen(context, (host) => run.fleet.member(host).run?.world),
      item.sources,
    )
    .map(asWanted(run, member, item));
}

/** A command as the user, and with the environment, that the task says. */
function asWanted(run: Run, member: Member, item: ActItem) {
  const { environment, jobSeconds } = item.how;
  const timed = item.how.timed && 'cmd' in item.kind;
  const other = 'ownUser' in item.kind ? undefined : otherUser(run, member, item);
  const hasEnvironment = Object.keys(environment).length > 0;
  return (command: Command): Command => {
    if (command.do === 'place' && other !== undefined) return { ...command, user: other };
    if (command.do !== 'run') return command;
    return {
      ...command,
      ...(hasEnvironment ? { env: { ...environment, ...command.env } } : {}),
      ...(other === undefined ? {} : { user: other }),
      ...(jobSeconds === undefined ? {} : { jobSeconds, ...jobName(item) }),
      ...(timed ? { timed } : {}),
    };
  };
}

const jobName = ({ kind, args }: ActItem): { readonly jobName?: string } =>
  'cmd' in kind ? { jobName: JSON.stringify(kind.cmd(args)) } : {};

/** The user to become, where it is not the session's own, who needs no way to become it; `''` is the one who logged in. */
function otherUser({ fleet }: Run, member: Member, { how: { user, delegate } }: ActItem): string | undefined {
  const { session: own } = fleet.member(delegate ?? member.name);
  return user === (own.enabled ? own.user : undefined) ? undefined : (user ?? '');
}

/** Runs the procedural task of a segment for its host, or for all of `hosts`: its loop items one after another. */
export async function runActs(run: Run, member: Member, act: Written, hosts: readonly Member[]): Promise<void> {
  const statuses: Status[] = [];
  for (const item of actItems(run, member, act)) {
    if (statuses.length > 0 && item.how.pauseSeconds > 0) await run.fleet.pause(item.how.pauseSeconds * 1000);
    if (run.fleet.isStopped) break;
    const commands = commandsOf(run, member, item);
    const undecided = ahead(run, member, item.skipped === undefined ? item.notify : []);
    // It is done over another host's session, so its own would not say it in time.
    if (item.how.delegate !== undefined && item.how.delegate !== member.name) await member.run!.noteOwed();
    statuses.push(await runAct(run, member, item, commands, hosts).finally(undecided));
  }
  if (act.handler !== undefined && !statuses.includes('failed')) handled(run, member, act.handler);
  countActs(run, member, act, statuses);
}

async function runAct(
  run: Run,
  member: Member,
  item: ActItem,
  commands: readonly Command[],
  hosts: readonly Member[],
): Promise<Status> {
  const { how } = item;
  for (let attempt = 1; ; attempt++) {
    const { judgement, outcomes } = await acted(run, member, item, commands);
    const settled = judged(run, item, judgement, outcomes, attempt);
    if (!settled.again || run.fleet.isStopped) return settle(run, member, item, outcomes, settled, hosts);
    await run.fleet.pause(how.delaySeconds * 1000);
    // It may have become otherwise meanwhile.
    run.fleet.member(how.delegate ?? member.name).run!.sight.forget();
  }
}

/** Does it once, and says what it came to. */
async function acted(run: Run, member: Member, item: ActItem, commands: readonly Command[]): Promise<Acted> {
  const { kind, how, skipped } = item;
  if (skipped !== undefined) return { judgement: { changed: false, detail: skipped }, outcomes: [] };
  if (isAnswering(kind)) return { judgement: kind.answer(item.args, item.values), outcomes: [] };
  if (how.checkOnly) return foreseen(run, member, item);
  if (isWaiting(kind))
    return { judgement: await pauseFor(kind.waits(item.args), run.fleet.prompt, run.fleet.stop), outcomes: [] };
  const there = run.fleet.member(how.delegate ?? member.name).run!;
  const own = 'seconds' in kind ? kind.seconds(item.args) : ACT_SECONDS;
  const seconds = how.jobSeconds === undefined ? (how.timeoutSeconds ?? own) : BEGIN_SECONDS;
  if (isLooking(kind)) {
    const all = run.play.items(member.name);
    const later = how.delegate === undefined ? all.slice(all.findIndex(({ key }) => key === item.key) + 1) : [];
    return performLooking(there, item, kind, later, seconds, asWanted(run, member, item));
  }
  if (isScripted(kind)) {
    const judgement = await runScript(kind, item.args, hostOf(run, member), false, onHost(run, member, item, seconds));
    there.sight.forget();
    return { judgement, outcomes: [] };
  }
  const outcomes = commands.length === 0 ? [] : await there.act(commands, seconds, item);
  there.sight.forget();
  const judgement = judgeProgram(item, commands, outcomes);
  return { judgement, outcomes: how.jobSeconds === undefined ? outcomes : [] };
}

/** With check_mode a task tells what it would do; what cannot tell that does nothing, as in Ansible. */
async function foreseen(run: Run, member: Member, item: ActItem): Promise<Acted> {
  const there = run.fleet.member(item.how.delegate ?? member.name).run!;
  const judgement = await foresight(there, run.play.lab, item, []);
  there.sight.forget();
  const isProgram = 'cmd' in item.kind;
  return {
    judgement: withCommand(item, undefined, judgement ?? (isProgram ? unrun(item.args) : NOT_RUN)),
    outcomes: [],
  };
}

const NOT_RUN: Judgement = { changed: false, detail: 'not run: check_mode', result: { skipped: true } };

/** As in Ansible: a program that something keeps from running would change something, now that nothing does. */
function unrun(args: unknown): Judgement {
  const { creates, removes } = args as { readonly creates?: string; readonly removes?: string };
  const told = { rc: 0, stdout: '', stderr: '' };
  const isGuarded = creates !== undefined || removes !== undefined;
  return isGuarded ? { changed: true, detail: 'would run: check_mode', told } : { ...NOT_RUN, told };
}

function judged(
  { play }: Run,
  item: ActItem,
  judgement: Judgement,
  outcomes: readonly Outcome[],
  attempt: number,
): Settled {
  const { skipped } = item;
  if (skipped !== undefined) {
    const shown = { detail: skipped, failed: undefined };
    return { changed: false, detail: skipped, ignored: false, again: false, more: {}, shown };
  }
  return play.judge(item, outcomes, judgement, attempt);
}

function judgeProgram(item: ActItem, commands: readonly Command[], outcomes: readonly Outcome[]): Judgement {
  const { kind, how } = item;
  return (
    (how.jobSeconds === undefined ? undefined : begun(outcomes[0])) ??
    ('judge' in kind ? kind.judge(item.args, commands, outcomes) : undefined) ??
    withCommand(item, outcomes[0], byExitCode(outcomes[0]))
  );
}

/** As in Ansible: what ran, and when; never, where a file said that it need not. */
const withCommand = ({ kind, args }: ActItem, outcome: Outcome | undefined, judgement: Judgement): Judgement =>
  'cmd' in kind
    ? { ...judgement, result: { ...judgement.result, cmd: kind.cmd(args), ...NEVER, ...outcome?.times } }
    : judgement;

const NEVER = { start: null, end: null, delta: null };

/** What came of probes that rode in the exchange that made the changes. */
export function settleRidden(
  run: Run,
  member: Member,
  act: Written,
  ridden: readonly {
    readonly item: ActItem;
    readonly commands: readonly Command[];
    readonly outcomes: readonly Outcome[];
  }[],
): void {
  const statuses = ridden.map(({ item, commands, outcomes }) => {
    const settled = judged(run, item, judgeProgram(item, commands, outcomes), outcomes, item.how.attempts);
    return settle(run, member, item, outcomes, settled, [member]);
  });
  countActs(run, member, act, statuses);
}

/** Says what a procedural task did, and what that means for its host. */
function settle(
  run: Run,
  member: Member,
  item: ActItem,
  outcomes: readonly Outcome[],
  settled: Settled,
  hosts: readonly Member[],
): Status {
  const { play, emit } = run;
  const { title, name: task, label } = item;
  const { name: host } = member;
  const { changed, failed, ignored, verbosity, shown, verb, result } = settled;
  const skipped = item.skipped ?? (result?.skipped === true && failed === undefined ? shown.detail : undefined);
  play.register(
    hosts.map(({ name }) => name),
    item,
    outcomes,
    settled,
  );
  if (skipped !== undefined) {
    emit({ type: 'task', host, title, task, item: label, sign: ' ', status: 'skipped', detail: skipped });
    return 'skipped';
  }
  if (changed && failed === undefined) notify(run, member, item.notify);
  const sign = failed !== undefined ? '!' : changed ? (verb ?? '>') : '=';
  const status = failed !== undefined ? 'failed' : changed ? 'changed' : 'ok';
  const text = failed === undefined ? shown.detail : `${shown.failed}${ignored ? ' (ignored)' : ''}`;
  emit({ type: 'task', host, title, task, item: label, sign, status, detail: text, verbosity, diffs: shown.diffs });
  return status === 'failed' && ignored ? 'ignored' : status;
}

/** The items of one task count as one; all of them are tried before one that failed counts, as in Ansible. */
function countActs({ fail }: Run, member: Member, act: Written, statuses: readonly Status[]): void {
  if (statuses.length === 0) return;
  if (statuses.includes('failed')) fail(member, act.frames);
  else if (statuses.every((status) => status === 'skipped')) member.counts.skipped += 1;
  else {
    member.counts.ok += 1;
    if (statuses.includes('changed')) member.counts.changed += 1;
    if (statuses.includes('ignored')) member.counts.ignored += 1;
  }
}
