import { EXIT, NetwrightError, type Exit } from '../error.ts';
import type { Read } from '../gather.ts';
import { planHost } from '../plan.ts';
import type { Emit } from '../report.ts';
import { applyPlan, settle } from './confirm.ts';
import { withFleet, type Fleet, type Member } from './fleet.ts';
import type { FleetOptions } from './fleet-options.ts';
import { emitPlanned } from './lines.ts';
import { labsOf, leftAlone, type Project } from './project.ts';

export interface DestroyOptions extends FleetOptions {
  /** Only show what would be removed. */
  readonly dry: boolean;
}

/** Where the ledger is lost, rules are recognised by their comments, an engine's things by labels; files are only named. */
const readsOf = ({ plays }: Project): Read[] => [
  { fact: 'nft', scope: '' },
  { fact: 'netns_files' },
  ...[...new Set(plays.map(({ lab }) => lab))].flatMap((lab) =>
    (['docker', 'podman'] as const).map((runtime) => ({ fact: 'labelled' as const, runtime, lab })),
  ),
];

/** Removes what the labs of the playbook own, and gives back what was there before. Needs no playbook on the host's side. */
export const destroy = (project: Project, emit: Emit, options: DestroyOptions): Promise<Exit> =>
  withFleet({ ...project, facts: undefined }, emit, { ...options, reads: readsOf(project) }, async (fleet) => {
    for (const { lab, hosts } of project.plays) emit({ type: 'play', lab, name: 'destroy', hosts, titles: [] });
    await fleet.each(fleet.members, async (member) => {
      for (const lab of labsOf(project, member.name)) {
        if (!fleet.isStopped) await destroyLab(project, fleet, member, lab, emit, options.dry);
      }
    });
    const any = fleet.members.some(({ counts }) => counts.changed > 0);
    return options.dry && any ? EXIT.changes : EXIT.done;
  });

async function destroyLab(
  project: Project,
  fleet: Fleet,
  member: Member,
  lab: string,
  emit: Emit,
  dry: boolean,
): Promise<void> {
  const run = member.run!;
  const host = member.name;
  const input = { lab, host, playbook: project.playbook, tasks: [], prune: true, orphans: true };
  const plan = planHost({ ...input, world: run.world! });
  // Without its lab a handler has nothing left to do.
  run.owed.keepPlays(lab, new Set());
  const problems = [...leftAlone(project, lab, host, run.world!), ...plan.problems];
  if (problems.length > 0) throw new NetwrightError(problems);
  // A ledger that is left, from an earlier boot say, goes too.
  const idle = dry || (plan.tasks.length === 0 && run.world!.ledgers[lab] === undefined);
  const confirm = idle || plan.tasks.length === 0 ? undefined : fleet.confirmSeconds(plan);
  const applied = idle ? undefined : await applyPlan(fleet, member, { input, plan, confirm });
  const reached = plan.tasks.filter(({ key }) => applied?.notRun.has(key) !== true);
  for (const task of reached) {
    emitPlanned(emit, host, { ...task, title: task.title.replace(/^prune /, '') }, applied?.failures.get(task.key));
  }
  for (const what of plan.unproven) {
    emit({ type: 'message', text: `  ${host}  left alone, since nothing proves that it is the lab's: ${what}` });
  }
  const failed = applied?.failures.size ?? 0;
  member.counts.ok += reached.length - failed;
  member.counts.changed += reached.filter(({ changes }) => changes.length > 0).length - failed;
  member.counts.failed += failed;
  if (failed > 0) member.state = 'failed';
  await settle(fleet, emit, [member]);
  if (!dry && member.state === 'fine') await run.noteOwed();
}
