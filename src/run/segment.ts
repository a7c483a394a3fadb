import { EXIT, NetwrightError } from '../error.ts';
import type { Frame } from '../playbook.ts';
import { runActs } from './acts.ts';
import { settle } from './confirm.ts';
import type { Member } from './fleet.ts';
import type { Item, Segment, Written } from './items.ts';
import type { Run } from './context.ts';
import { runStates } from './states.ts';

/** Does one segment on some hosts: the states on each, then what ends it. */
export async function runSegment(run: Run, segment: Segment, members: readonly Member[]): Promise<void> {
  const { play, fleet } = run;
  const { act, states } = segment;
  const limit = Math.max(act?.throttle ?? 0, states[0]?.throttle ?? 0);
  // One host alone waits for nobody, so its probes ride in the script that makes the changes.
  const rides = act?.barrier === true && play.hosts.length === 1 && states.length > 0;
  const ridden = new Set<string>();
  const each: Each = (work, frames) =>
    fleet.each(
      members,
      async (member) => {
        try {
          await work(member);
        } catch (error) {
          caught(run, member, frames ?? [], error);
        }
      },
      limit,
    );
  if (states.length > 0) {
    await each(async (member) => {
      if (!enters(run, member, states)) return;
      if (await runStates(run, member, segment, rides)) ridden.add(member.name);
    }, states[0]!.frames);
  }
  // Whether everybody reaches everybody is known before anything is confirmed; all else comes after.
  if (act?.barrier !== true) await settle(fleet, run.emit, members);
  await runAct(run, act, members, each, ridden);
  await settle(fleet, run.emit, members);
}

type Each = (work: (member: Member) => Promise<void>, frames: readonly Frame[] | undefined) => Promise<void>;

/** What ends a segment, on every host on which it was not done already. */
async function runAct(
  run: Run,
  act: Written | undefined,
  members: readonly Member[],
  each: Each,
  ridden: ReadonlySet<string>,
): Promise<void> {
  if (act === undefined) return;
  if (act.once) {
    const [first] = members.filter((member) => member.state === 'fine' && enters(run, member, [act]));
    if (first)
      await each((member) => (member === first ? once(run, member, act, members) : Promise.resolve()), act.frames);
    return;
  }
  await each(async (member) => {
    if (ridden.has(member.name) || !enters(run, member, [act])) return;
    await runActs(run, member, act, [member]);
  }, act.frames);
}

/** What the first host did counts for all: its result, and that it failed. */
async function once(run: Run, member: Member, act: Written, members: readonly Member[]): Promise<void> {
  await runActs(run, member, act, members);
  if (!member.flow.isFailed) return;
  for (const other of members) if (other !== member) other.flow.fail(act.frames);
}

/** Whether a host does these tasks now, which stand at one place among the blocks. */
function enters({ play }: Run, member: Member, tasks: readonly Written[]): boolean {
  const [{ frames, handler }] = tasks as [Written];
  const { flow } = member;
  const indexes = new Set(tasks.map(({ index }) => index));
  const isHere = (item: Item): boolean => item.chosen && indexes.has(item.index);
  const isNotified = handler === undefined || flow.notified.has(handler);
  const isForced = handler !== undefined && play.forceHandlers && flow.isFailed && !flow.ended;
  if (isNotified && play.items(member.name).some(isHere) && (isForced || flow.admits(frames))) {
    if (handler !== undefined) flow.notified.delete(handler);
    return true;
  }
  for (const { index } of tasks) play.pass(member.name, index);
  return false;
}

/** What goes wrong on a host is a failure of its task; that it cannot be reached is its end. */
function caught({ emit, fail }: Run, member: Member, frames: readonly Frame[], error: unknown): void {
  if (!(error instanceof NetwrightError)) throw error;
  const ends = [EXIT.unreachable, EXIT.reverted, EXIT.interrupted, EXIT.locked] as readonly number[];
  if (ends.includes(error.exit)) throw error;
  for (const problem of error.problems) emit({ type: 'host', host: member.name, state: 'failed', problem });
  fail(member, frames);
}
