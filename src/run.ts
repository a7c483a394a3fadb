import { EXIT, NetwrightError, worst, type Exit } from './error.ts';
import { planHost } from './plan.ts';
import type { Emit } from './report.ts';
import { Fleet, type FleetOptions, type Member } from './run/fleet.ts';
import { emitPlanned } from './run/lines.ts';
import { preflight } from './run/preflight.ts';
import { pruneHost, runPlay } from './run/play.ts';
import { labsOf, type Play, type Project } from './run/project.ts';

export type { Play, Project, Settled } from './run/project.ts';
export type { ActItem, Item, LateItem, StateItem, Written } from './run/items.ts';

export interface RunOptions extends FleetOptions {
  /** Whether what left the playbook goes away. */
  readonly prune: boolean;
}

type Work = (fleet: Fleet) => Promise<Exit>;

/** Opens the fleet, works, and always closes it; ends with the recap. */
async function withFleet(project: Project, emit: Emit, options: FleetOptions, work: Work): Promise<Exit> {
  if (project.problems.length > 0) throw new NetwrightError(project.problems);
  const begun = performance.now();
  const fleet = new Fleet(project, emit, options);
  try {
    await fleet.gather();
    const exit = worst(await work(fleet), ...fleet.exits());
    emit({ type: 'recap', hosts: fleet.counts(), seconds: (performance.now() - begun) / 1000, exit });
    return exit;
  } finally {
    await fleet.close();
  }
}

const announce = (emit: Emit, play: Play): void => {
  const titles = play.hosts.flatMap((host) => play.items(host).map(({ title }) => title));
  emit({ type: 'play', lab: play.lab, name: play.name, hosts: play.hosts, titles });
};

/** Plans everything, then does it, and looks whether it is so. */
export const run = (project: Project, emit: Emit, options: RunOptions): Promise<Exit> =>
  withFleet(project, emit, options, async (fleet) => {
    preflight(project, fleet, options.prune);
    for (const play of project.plays) {
      announce(emit, play);
      await runPlay({ project, play, fleet, emit });
    }
    if (options.prune) {
      await fleet.each(fleet.members, async (member) => {
        for (const lab of labsOf(project, member.name)) await pruneHost({ project, fleet, emit }, member, lab);
      });
    }
    return EXIT.done;
  });

/** Shows every change and why; changes nothing. Exit 2 if there is any. */
export const plan = (project: Project, emit: Emit, options: RunOptions): Promise<Exit> =>
  withFleet(project, emit, options, (fleet) => {
    preflight(project, fleet, options.prune);
    for (const play of project.plays) {
      announce(emit, play);
      for (const member of fleet.of(play)) showPlay(play, member, emit);
    }
    for (const member of fleet.members) showPrunes(member, emit);
    const changed = fleet.members.some(({ counts }) => counts.changed > 0);
    return Promise.resolve(changed ? EXIT.changes : EXIT.done);
  });

function showPlay(play: Play, member: Member, emit: Emit): void {
  const planned = new Map(member.plans.get(play.lab)?.tasks.map((task) => [task.key, task]));
  const host = member.name;
  const status = new Map<number, 'ok' | 'changed' | 'skipped'>();
  for (const item of play.items(host)) {
    const { title, index } = item;
    if (item.sort === 'late') {
      emit({ type: 'task', host, title, sign: '?', status: 'unknown', detail: `known after ${item.reason}` });
      continue;
    }
    if (item.sort === 'act') {
      // Looking at packets is not planning; a program says only when it has run whether it changed something.
      if (item.kind.barrier === true) continue;
      emit({ type: 'task', host, title, sign: '>', status: 'unknown', detail: 'will run' });
      continue;
    }
    const task = planned.get(item.key);
    if (!task) continue;
    emitPlanned(emit, host, task);
    if (task.changes.length > 0) status.set(index, 'changed');
    else if (!status.has(index)) status.set(index, task.verdict === 'skipped' ? 'skipped' : 'ok');
  }
  for (const value of status.values()) {
    if (value !== 'changed') member.counts[value] += 1;
    else {
      member.counts.ok += 1;
      member.counts.changed += 1;
    }
  }
}

function showPrunes(member: Member, emit: Emit): void {
  for (const { tasks } of member.plans.values()) {
    for (const task of tasks.filter(({ key }) => key.startsWith('prune '))) {
      emitPlanned(emit, member.name, task);
      member.counts.changed += 1;
    }
  }
}

/** What differs on the hosts from the playbook: the plan without what would be pruned, and only what differs. */
export const status = (project: Project, emit: Emit, options: FleetOptions): Promise<Exit> =>
  withFleet(project, emit, options, (fleet) => {
    preflight(project, fleet, false);
    for (const play of project.plays) {
      announce(emit, play);
      for (const member of fleet.of(play)) showPlay(play, member, onlyDrift(emit));
    }
    const drift = fleet.members.some(({ counts }) => counts.changed > 0);
    return Promise.resolve(drift ? EXIT.changes : EXIT.done);
  });

const onlyDrift =
  (emit: Emit): Emit =>
  (event) => {
    if (event.type !== 'task' || event.status === 'changed') emit(event);
  };

/** Removes what the labs of the playbook own, and gives back what was there before. */
export const destroy = (project: Project, emit: Emit, options: FleetOptions & { readonly dry: boolean }): Promise<Exit> =>
  withFleet(project, emit, options, async (fleet) => {
    let planned = false;
    for (const play of project.plays) emit({ type: 'play', lab: play.lab, name: `destroy`, hosts: play.hosts, titles: [] });
    await fleet.each(fleet.members, async (member) => {
      for (const lab of labsOf(project, member.name)) {
        const input = { lab, host: member.name, playbook: project.playbook, tasks: [], prune: true };
        const removal = planHost({ ...input, world: member.run!.world! });
        if (removal.problems.length > 0) throw new NetwrightError(removal.problems);
        planned ||= removal.tasks.length > 0;
        const applied = options.dry || removal.tasks.length === 0 ? undefined : await member.run!.apply(input, removal);
        for (const task of removal.tasks) {
          const title = task.title.replace(/^prune /, '');
          emitPlanned(emit, member.name, { ...task, title }, applied?.failures.get(task.key));
        }
        member.counts.ok += removal.tasks.length - (applied?.failures.size ?? 0);
        member.counts.changed += removal.tasks.length - (applied?.failures.size ?? 0);
        if (applied && applied.failures.size > 0) {
          member.counts.failed += applied.failures.size;
          member.state = 'failed';
        }
      }
    });
    return options.dry && planned ? EXIT.changes : EXIT.done;
  });
