import { NetwrightError, type Problem } from '../error.ts';
import { planHost, type HostPlan } from '../plan.ts';
import { irreversible } from './confirm.ts';
import type { Fleet, Member } from './fleet.ts';
import { hasLate, labsOf, labTasks, otherPlaybook, type Project } from './project.ts';

/**
 * Plans every lab on every host before anything is touched; a refusal anywhere stops the whole run. Labs of one host
 * are planned one on what the other leaves behind.
 */
export function preflight(project: Project, fleet: Fleet, prune: boolean): void {
  const problems: Problem[] = [];
  for (const member of fleet.members) {
    if (member.state !== 'fine' || !member.run?.world) continue;
    let world = member.run.world;
    for (const lab of labsOf(project, member.name)) {
      problems.push(...otherPlaybook(project, lab, member.name, world));
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
      problems.push(...plan.problems.map((problem) => onHost(problem, member, fleet)));
      // Where only some of it has to be confirmed, that is known when it is its turn.
      if (fleet.confirmsAll) problems.push(...irreversible(member.name, plan));
      member.plans.set(lab, plan);
      world = plan.after;
    }
  }
  if (problems.length > 0) throw new NetwrightError(problems);
}

/** Which host refused, where there is more than one. */
const onHost = (problem: Problem, member: Member, fleet: Fleet): Problem =>
  fleet.members.length === 1 ? problem : { ...problem, message: `${member.name}: ${problem.message}` };

export const tasksOf = (plan: HostPlan, keys: ReadonlySet<string>) => plan.tasks.filter(({ key }) => keys.has(key));
