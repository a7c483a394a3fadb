import type { Command } from '../command.ts';
import { EXIT, NetwrightError } from '../error.ts';
import { hasPrunes, planHost, planPart, type HostInput, type HostPlan } from '../plan.ts';
import type { Emit, Status } from '../report.ts';
import { isAnswering, type Outcome } from '../task.ts';
import { applyConfirmed } from './confirm.ts';
import type { Fleet, Member } from './fleet.ts';
import type { Applied } from './host.ts';
import { segmentsOf, type ActItem, type Item, type Segment, type SkippedItem } from './items.ts';
import { emitPlanned } from './lines.ts';
import { hasLate, labTasks, type Play, type Project } from './project.ts';

interface Run {
  readonly project: Project;
  readonly play: Play;
  readonly fleet: Fleet;
  readonly emit: Emit;
}

/** How long a procedural task may take, in seconds, before its host gives it up. */
const ACT_SECONDS = 600;

/** Runs one play: segment by segment, all hosts of one before any of the next. */
export async function runPlay(run: Run): Promise<void> {
  const { play, fleet } = run;
  const segments = segmentsOf(play.written);
  for (const segment of segments) {
    // One host alone waits for nobody, so its probes ride in the script that makes the changes.
    const rides = segment.act?.barrier === true && play.hosts.length === 1;
    const ridden = new Set<string>();
    await fleet.each(fleet.of(play), async (member) => {
      if (await runStates(run, member, segment, rides)) ridden.add(member.name);
    });
    await fleet.each(fleet.of(play), async (member) => {
      if (!ridden.has(member.name)) await runActs(run, member, segment);
    });
  }
}

const itemsOf = (items: readonly Item[], indexes: ReadonlySet<number>): Item[] =>
  items.filter(({ index }) => indexes.has(index));

/** Applies the declarative tasks of a segment; true if the segment's probes were done in the same exchange. */
async function runStates(run: Run, member: Member, segment: Segment, rides: boolean): Promise<boolean> {
  const { play, emit } = run;
  const items = itemsOf(play.items(member.name), new Set(segment.states.map(({ index }) => index)));
  assertKnown(items);
  for (const { sort, title, ...item } of items) {
    if (sort !== 'skipped') continue;
    emit({
      type: 'task',
      host: member.name,
      title,
      sign: ' ',
      status: 'skipped',
      detail: (item as SkippedItem).reason,
    });
  }
  const { plan, input } = planSegment(run, member, new Set(items.map(({ key }) => key)));
  const any = plan.tasks.some(({ changes }) => changes.length > 0);
  if (!any) {
    for (const task of plan.tasks) emitPlanned(emit, member.name, task);
    count(member, items, new Set());
    return false;
  }
  const confirm = run.fleet.confirmSeconds(member, plan);
  const acts = rides && confirm === undefined ? actItems(run, member, segment) : [];
  const probes = acts.map((item) => commandsOf(run, member, item));
  const applied =
    confirm === undefined
      ? await member.run!.apply(input, plan, probes.flat())
      : await applyConfirmed(member.run!, input, plan, confirm, run.fleet.reopen(member));
  for (const task of plan.tasks) {
    if (!applied.notRun.has(task.key)) emitPlanned(emit, member.name, task, applied.failures.get(task.key));
  }
  if (applied.repairs > 0 && applied.failures.size === 0) {
    emit({ type: 'message', text: `  ${member.name}  repaired a rest in ${applied.repairs} more round(s)` });
  }
  const changed = new Set(plan.tasks.filter(({ changes }) => changes.length > 0).map(({ key }) => key));
  count(member, items, changed, applied);
  if (applied.failures.size > 0) {
    member.state = 'failed';
    return true;
  }
  let seen = 0;
  const statuses = acts.map((item, index) => {
    const outcomes = applied.outcomes.slice(seen, (seen += probes[index]!.length));
    return settle(run, member, item, probes[index]!, outcomes);
  });
  countActs(member, statuses);
  return acts.length > 0;
}

function planSegment(
  run: Run,
  member: Member,
  only: ReadonlySet<string>,
): { plan: HostPlan; input: Omit<HostInput, 'world'> } {
  const { project, play, fleet } = run;
  const input = {
    lab: play.lab,
    host: member.name,
    playbook: project.playbook,
    tasks: labTasks(project, play.lab, member.name),
    prune: false,
    only,
    everywhere: () => fleet.endpoints(play.lab),
  };
  const earlier = member.plans.get(play.lab);
  const plan = planPart({ ...input, world: member.run!.world! }, earlier);
  if (plan.problems.length > 0) throw new NetwrightError(plan.problems);
  if (plan.input !== earlier?.input) member.plans.set(play.lab, plan);
  return { plan, input };
}

/** What was late has been decided by now, unless the task that it waits for never ran on this host. */
function assertKnown(items: readonly Item[]): void {
  const late = items.find((item) => item.sort === 'late');
  if (late?.sort !== 'late') return;
  throw new NetwrightError(
    { code: 'UNDEFINED_VARIABLE', message: `${late.title}: needs the result of "${late.reason}", which did not run` },
    EXIT.failed,
  );
}

function actItems({ play }: Run, member: Member, { act }: Segment): ActItem[] {
  if (act === undefined) return [];
  const items = itemsOf(play.items(member.name), new Set([act.index]));
  assertKnown(items);
  return items.flatMap((item) => (item.sort === 'act' ? [item] : []));
}

const commandsOf = ({ play }: Run, member: Member, item: ActItem): Command[] =>
  item.skipped === undefined && !isAnswering(item.kind)
    ? item.kind.commands(item.args, member.plans.get(play.lab)!.context)
    : [];

/** Runs the procedural task of a segment: its loop items one after another. */
async function runActs(run: Run, member: Member, segment: Segment): Promise<void> {
  const statuses: Status[] = [];
  for (const item of actItems(run, member, segment)) {
    const commands = commandsOf(run, member, item);
    const outcomes = commands.length === 0 ? [] : await member.run!.act(commands, ACT_SECONDS, item);
    statuses.push(settle(run, member, item, commands, outcomes));
  }
  countActs(member, statuses);
}

/** The items of one task count as one; all of them are tried before one that failed ends the host's run, as in Ansible. */
function countActs(member: Member, statuses: readonly Status[]): void {
  if (statuses.length === 0) return;
  if (statuses.includes('failed')) {
    member.counts.failed += 1;
    member.state = 'failed';
  } else if (statuses.every((status) => status === 'skipped')) member.counts.skipped += 1;
  else {
    member.counts.ok += 1;
    if (statuses.includes('changed')) member.counts.changed += 1;
  }
}

/** Says what a procedural task did, and what that means for its host. */
function settle(
  run: Run,
  member: Member,
  item: ActItem,
  commands: readonly Command[],
  outcomes: readonly Outcome[],
): Status {
  const { play, emit } = run;
  const { title, kind, skipped } = item;
  const host = member.name;
  if (skipped !== undefined) {
    emit({ type: 'task', host, title, sign: ' ', status: 'skipped', detail: skipped });
    play.settle(host, item, [], { changed: false, detail: skipped });
    return 'skipped';
  }
  const judged = isAnswering(kind)
    ? kind.answer(item.args, item.values)
    : (kind.judge?.(item.args, commands, outcomes) ?? byExitCode(outcomes));
  const { changed, failed, detail, ignored, verbosity } = play.settle(host, item, outcomes, judged);
  const sign = failed !== undefined ? '!' : changed ? '>' : '=';
  const status = failed !== undefined ? 'failed' : changed ? 'changed' : 'ok';
  const text = failed === undefined ? detail : `${failed}${ignored ? ' (ignored)' : ''}`;
  emit({ type: 'task', host, title, sign, status, detail: text, verbosity });
  return status === 'failed' && ignored ? 'ok' : status;
}

function byExitCode(outcomes: readonly Outcome[]) {
  const [outcome] = outcomes;
  if (outcome?.skipped !== undefined) return { changed: false, detail: outcome.skipped };
  const rc = outcome?.rc ?? 1;
  const said = (rc === 0 ? outcome!.stdout : (outcome?.stderr ?? '') || (outcome?.stdout ?? '')).trim();
  const first = said.split('\n')[0] ?? '';
  if (rc !== 0) return { changed: false, failed: `exit code ${rc}${first === '' ? '' : `: ${first}`}`, detail: '' };
  const more = said.includes('\n') ? ' …' : '';
  return { changed: true, detail: `${first}${more}` };
}

/** Tasks count once, however many loop items they have; one that was not reached does not count. */
function count(
  member: Member,
  items: readonly Item[],
  changed: ReadonlySet<string>,
  applied?: Pick<Applied, 'failures' | 'notRun'>,
): void {
  for (const index of new Set(items.map((item) => item.index))) {
    const own = items.filter((item) => item.index === index);
    if (own.every((item) => item.sort === 'skipped' || (item.sort === 'state' && item.task.skipped !== undefined))) {
      member.counts.skipped += 1;
    } else if (own.some(({ key }) => applied?.failures.has(key))) member.counts.failed += 1;
    else if (!own.some(({ key }) => applied?.notRun.has(key))) {
      member.counts.ok += 1;
      if (own.some(({ key }) => changed.has(key))) member.counts.changed += 1;
    }
  }
}

/** Takes away what left the playbook, after everything else succeeded. */
export async function pruneHost(run: Omit<Run, 'play'>, member: Member, lab: string): Promise<void> {
  if (hasLate(run.project, lab, member.name)) {
    const text = `  ${member.name}  nothing is pruned: a skipped task does not say what it would own`;
    if (member.run!.world!.ledgers[lab] !== undefined) run.emit({ type: 'message', text });
    return;
  }
  const tasks = labTasks(run.project, lab, member.name);
  const world = member.run!.world!;
  if (!hasPrunes(world, lab, tasks)) return;
  const playbook = run.project.playbook;
  const input = { lab, host: member.name, playbook, tasks, prune: true, only: new Set<string>() };
  const plan = planHost({ ...input, world });
  if (plan.problems.length > 0) throw new NetwrightError(plan.problems);
  const gone = plan.tasks.filter(({ changes }) => changes.length > 0);
  if (plan.tasks.length === 0) return;
  const confirm = run.fleet.confirmSeconds(member, plan);
  const applied =
    confirm === undefined
      ? await member.run!.apply(input, plan)
      : await applyConfirmed(member.run!, input, plan, confirm, run.fleet.reopen(member));
  for (const task of gone) {
    if (!applied.notRun.has(task.key)) emitPlanned(run.emit, member.name, task, applied.failures.get(task.key));
  }
  if (applied.failures.size > 0) {
    member.state = 'failed';
    member.counts.failed += 1;
  } else if (gone.length > 0) member.counts.changed += 1;
}
