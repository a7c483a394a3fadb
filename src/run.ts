import { EXIT, type Exit } from './error.ts';
import type { Emit, Event, Status } from './report.ts';
import type { Verb } from './task.ts';
import type { Prompt } from './run/ask.ts';
import { Stepper } from './run/step.ts';
import { foresight } from './run/act.ts';
import { withFleet, type Fleet, type Member } from './run/fleet.ts';
import type { FleetOptions } from './run/fleet-options.ts';
import { emitPlanned } from './run/lines.ts';
import { forgetPlays, keyOf } from './run/notify.ts';
import { preflight } from './run/preflight.ts';
import { runPlay } from './run/play.ts';
import { pruneHost } from './run/prune.ts';
import type { ActItem, Item } from './run/items.ts';
import { labsOf, type Play, type Project, type Settled } from './run/project.ts';
import { assertSame, savePlan, type SavedPlan } from './run/saved.ts';

export { destroy } from './run/destroy.ts';
export { adHoc } from './run/adhoc.ts';
export { doctor } from './run/doctor.ts';
export { decide, type Decision } from './run/decide.ts';
export type { SavedPlan } from './run/saved.ts';
export type { Play, Project, Settled } from './run/project.ts';
export type { ActItem, Item, LateItem, StateItem, Written } from './run/items.ts';

export interface RunOptions extends FleetOptions {
  /** Whether what left the playbook goes away. */
  readonly prune: boolean;
  /** Asks before each task. */
  readonly step?: Prompt | undefined;
}

const announce = (emit: Emit, play: Play): void => {
  const titles = play.hosts.flatMap((host) => play.items(host).map(({ title }) => title));
  emit({ type: 'play', lab: play.lab, name: play.name, hosts: play.hosts, titles });
};

/** Plans everything, then does it, and looks whether it is so; with a saved plan, exactly that or nothing. */
export const run = (written: Project, emit: Emit, options: RunOptions, only?: SavedPlan): Promise<Exit> =>
  withFleet(written, emit, { ...options, anybody: true }, async (fleet, project) => {
    await fleet.think(() => {
      preflight(project, fleet, options.prune);
    });
    if (only) assertSame(only, fleet);
    forgetPlays(project, fleet);
    const step = options.step && new Stepper(options.step, fleet.stop);
    let goesOn = true;
    for (const play of project.plays) {
      if (!goesOn || fleet.isStopped) break;
      announce(emit, play);
      goesOn = await runPlay({ project, play, fleet, emit, step, prune: options.prune });
    }
    if (options.prune && goesOn) {
      await fleet.each(fleet.members, async (member) => {
        for (const lab of labsOf(project, member.name)) await pruneHost({ project, fleet, emit }, member, lab);
      });
    }
    return EXIT.done;
  });

/** Shows every change and why; changes nothing. Exit 2 if there is any. */
export const plan = (
  written: Project,
  emit: Emit,
  options: RunOptions,
  save?: (save: (rest: Omit<SavedPlan, 'version' | 'tasks'>) => SavedPlan) => void,
): Promise<Exit> =>
  withFleet(written, emit, { ...options, anybody: true }, async (fleet, project) => {
    await fleet.think(() => {
      preflight(project, fleet, options.prune);
    });
    save?.((rest) => savePlan(project, fleet, rest));
    for (const play of project.plays) {
      announce(emit, play);
      await showAll(fleet, project, play, emit);
    }
    for (const member of fleet.members) showPrunes(member, emit);
    const changed = fleet.members.some(({ counts }) => counts.changed > 0);
    return changed ? EXIT.changes : EXIT.done;
  });

/** Hosts look side by side, and are told one after the other. */
async function showAll(fleet: Fleet, project: Project, play: Play, emit: Emit): Promise<void> {
  const told = new Map<string, Event[]>();
  await fleet.each(fleet.of(play), async (member) => {
    const events: Event[] = [];
    told.set(member.name, events);
    const tell: Emit = (event) => void events.push(event);
    await showPlay(play, member, tell);
    for (const title of member.run!.owed.names(play.lab, keyOf(project, play))) {
      const detail = 'will run: owed since an earlier run';
      if (play.handlersNamed(title).length > 0)
        tell({ type: 'task', host: member.name, title, sign: '>', status: 'unknown', detail });
    }
  });
  for (const { name } of fleet.members) for (const event of told.get(name) ?? []) emit(event);
}

async function showPlay(play: Play, member: Member, emit: Emit): Promise<void> {
  const planned = new Map(member.plans.get(play.lab)?.tasks.map((task) => [task.key, task]));
  const host = member.name;
  const status = new Map<number, 'ok' | 'changed' | 'skipped' | 'failed'>();
  const handlers = new Set(play.written.flatMap(({ handler, index }) => (handler === undefined ? [] : [index])));
  for (const [at, item] of play.items(host).entries()) {
    const { title, index } = item;
    const { meta, includes } = play.written[index]!;
    if (!item.chosen || meta !== undefined || includes || handlers.has(index)) continue;
    if (item.sort === 'late') {
      emit({ type: 'task', host, title, sign: '?', status: 'unknown', detail: `known after ${item.reason}` });
      continue;
    }
    if (item.sort === 'skipped') {
      emit({ type: 'task', host, title, sign: ' ', status: 'skipped', detail: item.reason });
      if (!status.has(index)) status.set(index, 'skipped');
      continue;
    }
    if (item.sort === 'act') {
      // Looking at packets is not planning; a program says only when it has run whether it changed something.
      if (item.kind.barrier === true) continue;
      const shown = await showAct(play, item, member, play.items(host).slice(at + 1), emit);
      if (shown !== undefined && !status.has(index)) status.set(index, shown);
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

/** An act is told, unless what it will do is known: then it is shown. */
async function showAct(
  play: Play,
  item: ActItem,
  member: Member,
  later: readonly Item[],
  emit: Emit,
): Promise<'ok' | 'changed' | 'skipped' | 'failed' | undefined> {
  const { title, skipped } = item;
  const host = member.name;
  const tell = (
    sign: '=' | ' ' | '>' | '!' | Verb,
    status: Status,
    detail: string,
    more: Partial<Settled> = {},
  ): void => {
    const { verbosity, shown } = more;
    emit({ type: 'task', host, title, sign, status, detail, verbosity, diffs: shown?.diffs });
  };
  if (skipped !== undefined) {
    tell(' ', 'skipped', skipped);
    return 'skipped';
  }
  const foreseen = await foresight(member.run!, play.lab, item, later);
  if (foreseen === undefined) {
    tell('>', 'unknown', 'will run');
    return undefined;
  }
  const judged = play.judge(item, [], foreseen, item.how.attempts);
  const { failed, shown, ignored, changed, verb } = judged;
  if (failed !== undefined) {
    tell('!', 'failed', `would fail: ${shown.failed}${ignored ? ' (ignored)' : ''}`);
    return ignored ? 'ok' : 'failed';
  }
  tell(changed ? (verb ?? '>') : '=', changed ? 'changed' : 'ok', shown.detail, judged);
  return changed ? 'changed' : 'ok';
}

function showPrunes(member: Member, emit: Emit): void {
  for (const { tasks } of member.plans.values()) {
    for (const task of tasks.filter(({ key, changes }) => key.startsWith('prune ') && changes.length > 0)) {
      emitPlanned(emit, member.name, task);
      member.counts.changed += 1;
    }
  }
}

/** What differs on the hosts from the playbook, with what an earlier state of it had: the plan, and of that only changes. */
export const status = (written: Project, emit: Emit, options: FleetOptions): Promise<Exit> =>
  withFleet(written, emit, options, async (fleet, project) => {
    await fleet.think(() => {
      preflight(project, fleet, true);
    });
    for (const play of project.plays) {
      announce(emit, play);
      await showAll(fleet, project, play, onlyDrift(emit));
    }
    for (const member of fleet.members) showPrunes(member, emit);
    const drift = fleet.members.some(({ counts }) => counts.changed > 0);
    return drift ? EXIT.changes : EXIT.done;
  });

const onlyDrift =
  (emit: Emit): Emit =>
  (event) => {
    if (event.type !== 'task' || event.status === 'changed') emit(event);
  };
