import { setImmediate } from 'node:timers/promises';
import { openSession, type Target } from '../connect.ts';
import { EXIT, NetwrightError, worst, type Exit, type Problem } from '../error.ts';
import type { Read } from '../gather.ts';
import { readsOf, touchesCarrier, type HostPlan } from '../plan.ts';
import type { Emit, HostCounts } from '../report.ts';
import type { Endpoint } from '../task.ts';
import type { Ask, Prompt } from './ask.ts';
import type { FleetOptions } from './fleet-options.ts';
import { Flow } from './flow.ts';
import { forks } from './forks.ts';
import { HostRun } from './host.ts';
import { declares, labsOf, tasksToLookAt, type Project } from './project.ts';
import { irreversible, ofEngines } from './reversible.ts';
import { pause } from './pause.ts';
import type { Pending, Reopen } from './transaction.ts';

/** What became of one host. */
export interface Member {
  readonly name: string;
  readonly counts: HostCounts;
  run?: HostRun;
  state: 'fine' | 'failed' | 'unreachable' | 'reverted';
  /** Changes that are made, and neither confirmed nor taken back yet. */
  pending?: Pending;
  /** By lab: the latest plan, from which `reach` knows the containers. */
  readonly plans: Map<string, HostPlan>;
  /** Where it is in the play that is running. */
  flow: Flow;
  /** The user of its session, where that is another one than who logs in. */
  readonly session: Target['become'];
}

/** Long enough for a spanning tree to settle, short enough to wait for. */
const DEFAULT_CONFIRM_SECONDS = 60;
const STOPPED = { code: 'INTERRUPTED', message: 'interrupted before anything was touched' };

/** Every host of a project: connected side by side, each failing for itself. */
export class Fleet {
  readonly members: readonly Member[];
  #project: Project;
  readonly #emit: Emit;
  readonly #options: FleetOptions;
  #held: NetwrightError[] = [];
  #refused: Problem[] = [];

  constructor(project: Project, emit: Emit, options: FleetOptions) {
    this.#project = project;
    this.#emit = emit;
    this.#options = options;
    this.members = [...project.targets.keys()].map((name) => ({
      name,
      counts: {
        ...{ ok: 0, changed: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, unreachable: 0, reverted: 0 },
        exchanges: 0,
      },
      state: 'fine',
      plans: new Map(),
      flow: new Flow(),
      session: project.targets.get(name)!.become,
    }));
  }

  /**
   * Connects to every host and looks at it; a host that cannot be reached costs only itself. Whoever meets a lock
   * lets go of all its own before it tries again, after a time of its own, so that two who wait never block each other.
   */
  async gather(): Promise<void> {
    const until = performance.now() + this.#options.lockTimeout * 1000;
    for (;;) {
      await this.#gatherOnce();
      if (this.#refused.length > 0) throw new NetwrightError(this.#refused);
      if (this.#held.length === 0 && !this.isStopped) await this.#learn();
      if (this.isStopped) throw new NetwrightError(STOPPED, EXIT.interrupted);
      const [held] = this.#held;
      if (held === undefined) return;
      await this.close();
      if (performance.now() >= until) throw held;
      for (const member of this.members) if (member.state === 'fine') delete member.run;
      await this.pause(200 + Math.random() * 800);
    }
  }

  /** The project as it is now that its hosts were seen. */
  get project(): Project {
    return this.#project;
  }

  /** What was seen decides what else there is to do, and so to look at. Nothing is touched yet: a mistake ends it all. */
  async #learn(): Promise<void> {
    const { facts } = this.#project;
    if (!facts) return;
    const known = this.members.flatMap(({ name, run }) =>
      run?.world?.system && facts.hosts.has(name) ? [[name, run.world.system] as const] : [],
    );
    this.#project = await this.think(() => facts.learn(new Map(known)));
    if (this.#project.problems.length > 0) throw new NetwrightError(this.#project.problems);
    await this.each(this.members, async (member) => {
      const labs = labsOf(this.#project, member.name);
      await member.run!.lookFurther(this.#readsOf(member.name), labs);
    });
  }

  #readsOf(host: string): Read[] {
    return labsOf(this.#project, host).flatMap((lab): Read[] =>
      readsOf(lab, host, tasksToLookAt(this.#project, lab, host)),
    );
  }

  async #gatherOnce(): Promise<void> {
    this.#held = [];
    await this.each(this.members, async (member) => {
      const opening = openSession(this.#project.targets.get(member.name)!, this.#options).then((session) => {
        member.run = new HostRun(member.name, session, this.#options.stepSeconds);
        return member.run;
      });
      const labs = labsOf(this.#project, member.name);
      // What to look at is thought about while the hosts are connecting.
      const thought = setImmediate().then((): Read[] => {
        const facts: Read[] = this.#project.facts?.hosts.has(member.name) ? [{ fact: 'system' }] : [];
        return [...(this.#options.reads ?? []), ...facts, ...this.#readsOf(member.name)];
      });
      const [run, reads] = await Promise.all([opening, thought]);
      run.reads = reads;
      const needsRoot = !this.#options.anybody || declares(this.#project, member.name);
      const { lock } = this.#options;
      await run.gather(labs, lock && { ...lock, remote: !this.isLocal(member) }, needsRoot);
    });
  }

  /** Runs `work` on the hosts that are still fine; an error ends only the host on which it happened. */
  async each(members: readonly Member[], work: (member: Member) => Promise<void>, limit = 0): Promise<void> {
    const most = limit === 0 ? this.#options.forks : Math.min(limit, this.#options.forks);
    await forks(members, most, async (member) => {
      if (member.state === 'fine' && !this.isStopped) await this.attempt(member, () => work(member));
    });
  }

  /** Works on one host in whatever state; an error ends only this host. */
  async attempt(member: Member, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.lose(member, error);
    }
  }

  /** Work for this machine alone, before anything is touched. What was heard before and after it counts. */
  async think<T>(work: () => T): Promise<T> {
    const heed = async (): Promise<void> => {
      await setImmediate();
      if (this.isStopped) throw new NetwrightError(STOPPED, EXIT.interrupted);
    };
    await heed();
    const thought = (this.#options.aside ?? ((now) => now()))(work);
    await heed();
    return thought;
  }

  /** Whether somebody wants the run to come to its end. */
  get isStopped(): boolean {
    return this.#options.stop?.aborted === true;
  }

  /** Waits, as long as nobody wants that. */
  pause(ms: number): Promise<void> {
    return pause(ms, this.#options.stop);
  }

  get forks(): number {
    return this.#options.forks;
  }

  get ask(): Ask | undefined {
    return this.#options.ask;
  }

  get prompt(): Prompt | undefined {
    return this.#options.prompt;
  }

  /** Says that nothing new is to begin. */
  get stop(): AbortSignal | undefined {
    return this.#options.stop;
  }

  isLocal(member: Member): boolean {
    return this.#project.targets.get(member.name)!.type === 'local';
  }

  /** Seconds to confirm in, where a plan has to be confirmed: as the command line says, or else its play. */
  confirmSeconds(plan: HostPlan, asked?: number): number | undefined {
    const touches = (): boolean => touchesCarrier(plan.input.world, plan.after, plan.tasks);
    return this.#options.confirm ?? asked ?? (touches() ? DEFAULT_CONFIRM_SECONDS : undefined);
  }

  /** What of a plan that has to be confirmed cannot be taken back, unless that is allowed. */
  irreversible(host: string, plan: Pick<HostPlan, 'tasks'>): Problem[] {
    return [...ofEngines(host, plan), ...(this.#options.allowIrreversible ? [] : irreversible(host, plan))];
  }

  /** A new connection, never a shared one; at another address, the host must still have the key of its own. */
  reopen(member: Member): Reopen {
    const target = this.#project.targets.get(member.name)!;
    return (address) => {
      const alias = [
        '-o',
        `HostKeyAlias=${target.port === undefined ? target.address : `[${target.address}]:${target.port}`}`,
      ];
      const there = address === undefined ? target : { ...target, address, sshArgs: [...target.sshArgs, ...alias] };
      return openSession(there, { ...this.#options, connectTimeoutSeconds: 3 });
    };
  }

  /** Those of a play that are still fine, in its order. */
  of(play: { readonly hosts: readonly string[] }): Member[] {
    const known = new Map(this.members.map((member) => [member.name, member]));
    return play.hosts.flatMap((name) => known.get(name) ?? []).filter(({ state }) => state === 'fine');
  }

  /** A host by its name: one of the play, or one that does something in another's place. */
  member(name: string): Member {
    return this.members.find((member) => member.name === name)!;
  }

  /** The containers of a lab on all its hosts. */
  endpoints(lab: string): readonly Endpoint[] {
    return this.members.flatMap((member) => member.plans.get(lab)?.endpoints ?? []);
  }

  async close(): Promise<void> {
    await Promise.all(this.members.flatMap(({ run }) => (run ? [run.session.close()] : [])));
  }

  exits(): Exit[] {
    const states = new Set(this.members.map((member) => member.state));
    return [
      ...(states.has('failed') || this.members.some(({ counts }) => counts.failed > 0) ? [EXIT.failed] : []),
      ...(states.has('unreachable') ? [EXIT.unreachable] : []),
      ...(states.has('reverted') ? [EXIT.reverted] : []),
      ...(this.isStopped ? [EXIT.interrupted] : []),
    ];
  }

  counts(): Record<string, HostCounts> {
    for (const member of this.members) member.counts.exchanges = member.run?.exchanges ?? 0;
    return Object.fromEntries(this.members.map((member) => [member.name, member.counts]));
  }

  /** What an error means for its host. */
  lose(member: Member, error: unknown): void {
    if (!(error instanceof NetwrightError) || error.exit === EXIT.interrupted) throw error;
    // Until every host has been looked at nothing is touched, so these are about the whole run.
    if (member.run?.world === undefined) {
      if (error.exit === EXIT.locked) {
        this.#held.push(error);
        return;
      }
      if (error.exit === EXIT.refused) {
        this.#refused.push(...error.problems);
        return;
      }
    }
    const state =
      error.exit === EXIT.unreachable ? 'unreachable' : error.exit === EXIT.reverted ? 'reverted' : 'failed';
    member.state = state;
    member.counts[state] += 1;
    for (const problem of error.problems) this.#emit({ type: 'host', host: member.name, state, problem });
  }
}

/** Opens the fleet, works, and always closes it; ends with the recap. */
export async function withFleet(
  project: Project,
  emit: Emit,
  options: FleetOptions,
  work: (fleet: Fleet, project: Project) => Promise<Exit>,
): Promise<Exit> {
  if (project.problems.length > 0) throw new NetwrightError(project.problems);
  const begun = performance.now();
  const fleet = new Fleet(project, emit, options);
  try {
    await fleet.gather();
    const exit = worst(await work(fleet, fleet.project), ...fleet.exits());
    emit({ type: 'recap', hosts: fleet.counts(), seconds: (performance.now() - begun) / 1000, exit });
    return exit;
  } finally {
    await fleet.close();
  }
}
