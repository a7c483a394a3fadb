import { NetwrightError } from '../error.ts';
import { hasPrunes, planHost, type HostPlan } from '../plan.ts';
import type { Emit } from '../report.ts';
import { applyPlan, settle } from './confirm.ts';
import type { Fleet, Member } from './fleet.ts';
import { emitPlanned, repaired } from './lines.ts';
import { confirmOf, hasLate, labTasks, type Project } from './project.ts';

interface Given {
  readonly project: Project;
  readonly fleet: Fleet;
  readonly emit: Emit;
}

/** Takes away what left the playbook, after everything else succeeded. */
export async function pruneHost(run: Given, member: Member, lab: string): Promise<void> {
  if (hasLate(run.project, lab, member.name)) {
    const text = `  ${member.name}  nothing is pruned: a skipped task does not say what it would own`;
    if (member.run!.world!.ledgers[lab] !== undefined) run.emit({ type: 'message', text });
    return;
  }
  const tasks = labTasks(run.project, lab, member.name);
  const world = member.run!.world!;
  if (!hasPrunes(world, lab, tasks)) return;
  const playbook = run.project.playbook;
  const everywhere = () => run.fleet.endpoints(lab);
  const common = { lab, host: member.name, playbook, tasks, everywhere };
  const plan = planHost({ ...common, prune: true, only: new Set(), world });
  if (plan.problems.length > 0) throw new NetwrightError(plan.problems);
  const gone = plan.tasks.filter(({ changes }) => changes.length > 0);
  if (plan.tasks.length === 0) return;
  const confirm = run.fleet.confirmSeconds(plan, confirmOf(run.project, lab, member.name));
  const input = { ...common, prune: true, only: settledTasks(planHost({ ...common, prune: false, world })) };
  const applied = await applyPlan(run.fleet, member, { input, plan, confirm });
  if (applied.repairs > 0 && applied.failures.size === 0) run.emit(repaired(member.name, applied.repairs));
  for (const task of gone) {
    if (!applied.notRun.has(task.key)) emitPlanned(run.emit, member.name, task, applied.failures.get(task.key));
  }
  if (applied.failures.size > 0) {
    member.state = 'failed';
    member.counts.failed += 1;
  } else if (gone.length > 0) member.counts.changed += 1;
  await settle(run.fleet, run.emit, [member]);
}

/**
 * What was as wanted before something went has to be so afterwards: what goes may take along more than anybody foresaw.
 * What was not (a handler that nobody notified, what a program changed on purpose) is none of pruning's business.
 */
const settledTasks = ({ tasks, problems }: HostPlan): ReadonlySet<string> =>
  new Set(problems.length > 0 ? [] : tasks.flatMap(({ key, changes }) => (changes.length === 0 ? [key] : [])));
