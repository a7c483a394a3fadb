import type { Frame } from '../playbook.ts';
import type { Fleet, Member } from './fleet.ts';
import { Flow } from './flow.ts';
import { segmentsOf, type Segment } from './items.ts';
import type { Play, Project } from './project.ts';
import type { Emit } from '../report.ts';
import { runMeta } from './meta.ts';
import type { Run } from './context.ts';
import { noteOwed, remember } from './notify.ts';
import type { Stepper } from './step.ts';
import { runSegment } from './segment.ts';

interface Given {
  readonly project: Project;
  readonly play: Play;
  readonly fleet: Fleet;
  readonly emit: Emit;
  readonly prune: boolean;
  readonly step?: Stepper | undefined;
}

/** Runs one play, batch by batch; false if no play after it may run, as too many hosts failed. */
export async function runPlay(given: Given): Promise<boolean> {
  const { play, fleet } = given;
  const segments = segmentsOf(play.written, given.step !== undefined);
  const run: Run = { ...given, fail, over: { play: false } };
  for (const hosts of play.batches) {
    const members = fleet.of({ hosts });
    for (const member of members) member.flow = new Flow();
    remember(run, members);
    const lost = neverMet(run, hosts);
    // They fail the first task, which nobody has begun yet.
    const isOverAtOnce = lost.length > 0 && !play.free && isFatal(segments[0]);
    if (isOverAtOnce) tellEnd(run, lost, 'any_errors_fatal');
    const goesOn = !isOverAtOnce && (await runBatch(run, segments, members));
    await noteOwed(fleet, members);
    for (const member of members) {
      if (member.flow.isFailed && member.state === 'fine') member.state = 'failed';
    }
    // As in Ansible: when a whole batch is gone, nobody knows what the next one would do.
    if (!goesOn) return false;
    const gone = [...lost, ...members.filter(({ state }) => state !== 'fine')];
    if (gone.length > 0 && gone.length === lost.length + members.length) {
      const isLast = hosts === play.batches.at(-1) && play === run.project.plays.at(-1);
      if (!isLast) tellEnd(run, gone, 'all hosts of a batch');
      return false;
    }
    if (run.over.play) break;
  }
  return true;
}

/** Counts a failure that no rescue takes care of as one; the other sort ends nothing. */
function fail(member: Member, frames: readonly Frame[], isCounted = true): void {
  const isRescued = member.flow.fail(frames);
  if (isRescued) {
    member.counts.rescued += 1;
    if (!isCounted) member.counts.failed -= 1;
  } else if (isCounted) member.counts.failed += 1;
}

/** False if the play is over for all hosts, because of failures on some. */
async function runBatch(run: Run, segments: readonly Segment[], members: readonly Member[]): Promise<boolean> {
  const { play, fleet } = run;
  let isBroken = false;
  for (const chunk of chunksOf(segments, play.free)) {
    if (chunk.length === 1 || !play.free) {
      for (const segment of chunk) {
        if (fleet.isStopped) return false;
        const before = new Set(members.filter(hasFailed));
        await runOne(run, segment, members);
        isBroken ||= isOver(run, segment, members, before);
        if (isBroken && !members.some(({ state, flow }) => state === 'fine' && flow.hasMore)) return false;
      }
      continue;
    }
    await Promise.all(
      members.map(async (member) => {
        for (const segment of chunk) {
          if (fleet.isStopped) return;
          await runOne(run, segment, [member]);
        }
      }),
    );
  }
  return !isBroken;
}

async function runOne(run: Run, segment: Segment, members: readonly Member[]): Promise<void> {
  const { step, play } = run;
  if (step && !(await step.allows(play, segment, members))) {
    const tasks = [...segment.states, ...(segment.act === undefined ? [] : [segment.act])];
    for (const { index } of tasks) for (const { name } of members) play.pass(name, index);
  } else if (segment.act?.meta !== undefined) runMeta(run, segment.act, members);
  else await runSegment(run, segment, members);
}

/** What each host may do by itself; where all have to meet stands alone. */
function chunksOf(segments: readonly Segment[], free: boolean): Segment[][] {
  if (!free) return [[...segments]];
  const chunks: Segment[][] = [[]];
  for (const segment of segments) {
    if (segment.act?.barrier === true || segment.act?.once === true) chunks.push([segment], []);
    else chunks.at(-1)!.push(segment);
  }
  return chunks.filter((chunk) => chunk.length > 0);
}

const hasFailed = ({ state, flow }: Member): boolean => state !== 'fine' || flow.isLost;

const isFatal = (segment: Segment | undefined): boolean => segment?.act?.fatal ?? segment?.states[0]?.fatal ?? false;

/** The hosts of a batch that were never reached; no earlier play has had them. */
function neverMet({ project, play, fleet }: Run, hosts: readonly string[]): Member[] {
  const isFirst = (name: string): boolean => project.plays.find((one) => one.hosts.includes(name)) === play;
  return hosts
    .filter(isFirst)
    .map((name) => fleet.member(name))
    .filter(({ state }) => state !== 'fine');
}

/** Whether failures of this segment end the play on every host; what is inside of a rescue or always goes on there. */
function isOver(run: Run, segment: Segment, members: readonly Member[], before: ReadonlySet<Member>): boolean {
  const failed = members.filter(hasFailed);
  const { maxFailPercentage: most } = run.play;
  const isNew = failed.some((member) => !before.has(member));
  const isTooMany = most !== undefined && (failed.length / Math.max(1, members.length)) * 100 > most;
  if (!isNew || !(isFatal(segment) || isTooMany)) return false;
  tellEnd(run, failed, isTooMany ? `max_fail_percentage: ${most}` : 'any_errors_fatal');
  // Nothing of the play is left for the others, not even a rescue: they did not fail in its block.
  for (const member of members) if (!hasFailed(member)) member.flow.fail([]);
  return true;
}

function tellEnd({ emit }: Run, failed: readonly Member[], why: string): void {
  const names = failed.map(({ name }) => name).join(', ');
  emit({ type: 'message', text: `  nothing more is done on other hosts either (${why}), as ${names} failed` });
}
