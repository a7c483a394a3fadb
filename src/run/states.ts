import type { Command } from '../command.ts';
import { NetwrightError } from '../error.ts';
import { planPart, type HostInput, type HostPlan } from '../plan.ts';
import { actItems, assertKnown, commandsOf, settleRidden } from './acts.ts';
import { applyPlan } from './confirm.ts';
import type { Member } from './fleet.ts';
import type { Applied } from './host.ts';
import type { Item, Segment } from './items.ts';
import { emitPlanned, repaired } from './lines.ts';
import { ahead, notify } from './notify.ts';
import { hasLate, labTasks } from './project.ts';
import type { Run } from './context.ts';

/** Applies the declarative tasks of a segment; true if the segment's probes were done in the same exchange. */
export async function runStates(run: Run, member: Member, segment: Segment, rides: boolean): Promise<boolean> {
  const { play, emit } = run;
  const indexes = new Set(segment.states.map(({ index }) => index));
  const items = play.items(member.name).filter(({ index, chosen }) => chosen && indexes.has(index));
  assertKnown(items);
  for (const item of items) {
    if (item.sort !== 'skipped') continue;
    const { title, reason: detail } = item;
    emit({ type: 'task', host: member.name, title, sign: ' ', status: 'skipped', detail });
  }
  const { plan, input } = planSegment(run, member, new Set(items.map(({ key }) => key)));
  const any = plan.tasks.some(({ changes }) => changes.length > 0);
  if (!any) {
    for (const task of plan.tasks) emitPlanned(emit, member.name, task);
    count(member, items, new Set());
    for (const { index } of segment.states) play.stated(member.name, index, undefined);
    return false;
  }
  const confirm = run.fleet.confirmSeconds(plan, play.confirm);
  const acts = rides && confirm === undefined ? actItems(run, member, segment.act) : [];
  const asking = acts.map((item) => ({ item, commands: commandsOf(run, member, item) }));
  // An address that an engine will choose is known only afterwards.
  const probes = asking.some(({ commands }) => commands.some(isBlind)) ? [] : asking;
  const riding = probes.flatMap(({ commands }) => commands);
  const changing = new Set(plan.tasks.filter(({ changes }) => changes.length > 0).map(({ key }) => key));
  const notified = items.flatMap(({ key, notify: places }) => (changing.has(key) ? places : []));
  const undecided = ahead(run, member, notified);
  const step = { input, plan, confirm, probes: riding };
  const applied = await applyPlan(run.fleet, member, step).finally(undecided);
  for (const task of plan.tasks) {
    if (!applied.notRun.has(task.key)) emitPlanned(emit, member.name, task, applied.failures.get(task.key));
  }
  if (applied.repairs > 0 && applied.failures.size === 0) {
    emit(repaired(member.name, applied.repairs));
  }
  for (const { key, notify: places } of items) {
    const isDone = changing.has(key) && !applied.failures.has(key) && !applied.notRun.has(key);
    if (isDone) notify(run, member, places);
  }
  count(member, items, changing, applied);
  for (const { index } of segment.states) {
    const failed = items.find((item) => item.index === index && applied.failures.has(item.key));
    play.stated(member.name, index, failed && applied.failures.get(failed.key));
  }
  if (applied.failures.size > 0) {
    const [first] = segment.states;
    if (first!.alone) member.counts.ignored += 1;
    else run.fail(member, first!.frames, false);
    return false;
  }
  if (probes.length === 0) return false;
  let seen = 0;
  const ridden = probes.map((probe) => ({
    ...probe,
    outcomes: applied.outcomes.slice(seen, (seen += probe.commands.length)),
  }));
  settleRidden(run, member, segment.act!, ridden);
  return true;
}

const isBlind = (command: Command): boolean => command.do === 'probe' && command.target === '';

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
    clears: run.prune && !hasLate(project, play.lab, member.name),
    only,
    everywhere: () => fleet.endpoints(play.lab),
  };
  const earlier = member.plans.get(play.lab);
  const plan = planPart({ ...input, world: member.run!.world! }, earlier);
  if (plan.problems.length > 0) throw new NetwrightError(plan.problems);
  if (plan.input !== earlier?.input) member.plans.set(play.lab, plan);
  return { plan, input };
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
