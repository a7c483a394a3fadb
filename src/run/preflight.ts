import { EXIT, NetwrightError, type Problem } from '../error.ts';
import type { World } from '../gather.ts';
import { missed, planHost, type HostPlan } from '../plan.ts';
import { placeOf } from '../source.ts';
import type { Fleet, Member } from './fleet.ts';
import { sharedTwice } from '../topology.ts';
import { segmentsOf } from './items.ts';
import { confirmOf, hasLate, labsOf, labTasks, leftAlone, type Project } from './project.ts';

/**
 * Plans every lab on every host before anything is touched; a refusal anywhere stops the whole run. Labs of one host
 * are planned one on what the other leaves behind.
 */
export function preflight(project: Project, fleet: Fleet, prune: boolean): void {
  const problems: Problem[] = [];
  for (const member of fleet.members) {
    if (member.state !== 'fine' || !member.run?.world) continue;
    try {
      problems.push(...planned(project, fleet, member, member.run.world, prune));
    } catch (error) {
      // What it remembers is of no use, which is no business of the others.
      if (!(error instanceof NetwrightError) || error.exit !== EXIT.failed) throw error;
      fleet.lose(member, error);
    }
  }
  for (const lab of new Set(fleet.members.flatMap(({ plans }) => [...plans.keys()]))) {
    problems.push(...sharedTwice(fleet.members.flatMap(({ plans }) => plans.get(lab)?.shared ?? [])));
  }
  if (problems.length > 0) throw new NetwrightError(problems);
}

/** Plans all labs of a host; answers what is wrong. */
function planned(project: Project, fleet: Fleet, member: Member, before: World, prune: boolean): Problem[] {
  const problems: Problem[] = [];
  let world = before;
  for (const lab of labsOf(project, member.name)) {
    problems.push(...leftAlone(project, lab, member.name, world));
    const late = hasLate(project, lab, member.name);
    const plan = planHost({
      lab,
      host: member.name,
      playbook: project.playbook,
      tasks: labTasks(project, lab, member.name),
      world,
      prune: prune && !late,
      everywhere: () => fleet.endpoints(lab),
    });
    const own = [...plan.problems, ...unaskable(project, lab, member.name, before)];
    problems.push(...own.map((problem) => onHost(problem, member, fleet)));
    problems.push(...stuck(project, fleet, plan));
    member.plans.set(lab, plan);
    world = plan.after;
  }
  return problems;
}

/** Tasks that would find out only in their turn that they have nothing to ask with. */
function unaskable(project: Project, lab: string, host: string, { missing }: World): Problem[] {
  if (missing.length === 0) return [];
  const plays = project.plays.filter((play) => play.lab === lab && play.hosts.includes(host));
  return plays
    .flatMap((play) => play.items(host))
    .flatMap((item) => {
      if (item.sort !== 'act' || item.skipped !== undefined || item.how.delegate !== undefined) return [];
      const programs = 'commands' in item.kind ? (item.kind.programs?.(item.args as never) ?? []) : [];
      const absent = programs.filter((name) => missing.includes(name));
      return absent.map((name) => ({ ...missed(item.kind.kind, name), place: placeOf(item.at) }));
    });
}

/** What must be confirmed and cannot be taken back, segment by segment, as it is going to be done. */
function stuck(project: Project, fleet: Fleet, plan: HostPlan): Problem[] {
  const { lab, host, world } = plan.input;
  if (fleet.irreversible(host, plan).length === 0) return [];
  const problems: Problem[] = [];
  const check = (part: HostPlan, asked: number | undefined): void => {
    if (fleet.confirmSeconds(part, asked) !== undefined) problems.push(...fleet.irreversible(host, part));
  };
  let before = world;
  for (const play of project.plays.filter((one) => one.lab === lab && one.hosts.includes(host))) {
    const items = play.items(host);
    for (const { states } of segmentsOf(play.written)) {
      const indexes = new Set(states.map(({ index }) => index));
      const only = new Set(items.filter(({ index }) => indexes.has(index)).map(({ key }) => key));
      const part = planHost({ ...plan.input, world: before, prune: false, clears: plan.input.prune, only });
      check(part, play.confirm);
      before = part.after;
    }
  }
  const done = new Set(plan.input.tasks.map(({ key }) => key));
  const input = { ...plan.input, world: before };
  check({ ...plan, input, tasks: plan.tasks.filter(({ key }) => !done.has(key)) }, confirmOf(project, lab, host));
  return problems;
}

/** Which host refused, where there is more than one. */
const onHost = (problem: Problem, member: Member, fleet: Fleet): Problem =>
  fleet.members.length === 1 ? problem : { ...problem, message: `${member.name}: ${problem.message}` };

export const tasksOf = (plan: HostPlan, keys: ReadonlySet<string>) => plan.tasks.filter(({ key }) => keys.has(key));
