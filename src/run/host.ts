import { readResults, renderApply, type Numbered, type Rendered, type Result, type Results } from '../apply.ts';
import type { Command } from '../command.ts';
import type { Session } from '../connect.ts';
import { EXIT, NetwrightError, printable, type Problem } from '../error.ts';
import { gatherScript, parseFacts, readKey, type Read, type Section, type World } from '../gather.ts';
import type { Change } from '../object.ts';
import { ledgerReads, onLedgers, planHost, type HostInput, type HostPlan, type PlannedTask } from '../plan.ts';
import type { Outcome } from '../task.ts';
import type { ActItem } from './items.ts';
import { assertLocked, lockScript, type Holder } from './lock.ts';
import { Owed } from './owed.ts';
import { assertRoot, isRoot, rootScript } from './root.ts';
import { Sight } from './sight.ts';
import { assertTools } from './tools.ts';

/** How often a rest that verify finds is repaired before it counts as a failure. */
const REPAIRS = 2;

/** What came of the planned tasks of one host. */
export interface Applied {
  readonly plan: HostPlan;
  /** By the key of the task: why it failed. */
  readonly failures: ReadonlyMap<string, string>;
  /** Keys of tasks that were not reached. */
  readonly notRun: ReadonlySet<string>;
  /** Rounds in which something was left to repair; a healthy host has none. */
  readonly repairs: number;
  readonly outcomes: readonly Outcome[];
}

/** One host during a run: its session and what was last seen of it. */
export class HostRun {
  readonly name: string;
  session: Session;
  world: World | undefined;
  /** What has to be looked at, for every task of the playbook. */
  reads: readonly Read[] = [];
  readonly sight = new Sight();
  owed = new Owed();
  #lock: Holder | undefined;
  #needsRoot = true;
  isRoot = true;
  #before = 0;

  /** Within so many seconds a host has to be done with a step. */
  readonly #stepSeconds: number;

  constructor(name: string, session: Session, stepSeconds: number) {
    this.name = name;
    this.session = session;
    this.#stepSeconds = stepSeconds;
  }

  /** A step may take a while; a script of many has longer. */
  deadlineOf({ rendered }: ApplyScript): number {
    return this.#stepSeconds + Math.ceil(rendered.steps.length / 10);
  }

  /**
   * Looks at the host; a second time where a lab's ledger remembers things that no task names any more. Who only runs
   * programs need not be root: such a one takes no lock and owns nothing.
   */
  async gather(labs: readonly string[], lock?: Holder, needsRoot = true): Promise<World> {
    this.#lock = lock;
    this.#needsRoot = needsRoot;
    this.world = await this.#look(lock);
    this.owed = new Owed(this.world.owed, this.isRoot);
    // What it is stays so for the run.
    this.reads = this.reads.filter(({ fact }) => fact !== 'system');
    return this.lookFurther([], labs);
  }

  /** Looks once more where there is something that was not looked at. */
  async lookFurther(reads: readonly Read[], labs: readonly string[]): Promise<World> {
    const known = new Set(this.reads.map(readKey));
    const world = this.world!;
    const remembered = onLedgers(this.name, world, () => {
      const own = labs.flatMap((lab) => ledgerReads(world, lab));
      gatherScript(own);
      return own;
    });
    const all = [...reads, ...remembered];
    const more = all.filter((read) => !known.has(readKey(read)));
    if (more.length === 0) return this.world!;
    this.reads = [...this.reads, ...more];
    const { system } = this.world!;
    this.world = { ...(await this.#look()), system };
    return this.world;
  }

  /** Exchanges over all sessions that the host had. */
  get exchanges(): number {
    return this.#before + this.session.exchanges;
  }

  /** Goes on over another session, with the lock of the one that is lost or about to be; `own` is our own change. */
  async resume(session: Session, own: string): Promise<void> {
    const { session: lost } = this;
    this.#before += lost.exchanges;
    this.session = session;
    // What it was cut off from it may never be able to say farewell to.
    const closed = lost.close();
    await this.#look(this.#lock, own);
    await closed;
  }

  /** Looks at the host over a session beside its own. */
  async lookOver(session: Session): Promise<World> {
    const reply = await session.exchange(gatherScript(this.reads), {
      label: 'looking at the host',
      deadlineSeconds: this.#stepSeconds,
    });
    return parseFacts(this.name, reply.list);
  }

  async #look(lock?: Holder, own?: string): Promise<World> {
    const first = lock ? `${rootScript}\n${lockScript(lock, own)}` : rootScript;
    const reply = await this.session.exchange(gatherScript(this.reads), {
      label: 'looking at the host',
      deadlineSeconds: this.#stepSeconds,
      first,
    });
    this.isRoot = isRoot(reply.list);
    if (this.#needsRoot) {
      assertRoot(this.name, reply.list);
      assertTools(this.name, reply.list);
    }
    assertLocked(this.name, reply.list, lock, own);
    return parseFacts(this.name, reply.list);
  }

  /**
   * Makes the changes of a plan, looks again, and plans again: the answer must be nothing. `probes` ride along in the
   * same exchange.
   */
  async apply(input: Omit<HostInput, 'world'>, planned: HostPlan, probes: readonly Command[] = []): Promise<Applied> {
    let plan = planned;
    let repairs = 0;
    for (;;) {
      const round = await this.#round(plan, repairs === 0 ? probes : []);
      if (round.failures.size > 0) return { ...round, plan: planned, repairs };
      const rest = planHost({ ...input, world: this.world! });
      const left = rest.tasks.filter(({ changes }) => changes.length > 0);
      if (left.length === 0 && rest.problems.length === 0) return { ...round, plan: planned, repairs };
      if (repairs === REPAIRS || rest.problems.length > 0) {
        const failures = new Map(left.map(({ key, changes }) => [key, unsettled(changes, rest.problems)]));
        return { ...round, plan: planned, failures, repairs };
      }
      plan = rest;
      repairs += 1;
    }
  }

  async #round(plan: HostPlan, probes: readonly Command[]) {
    this.sight.forget();
    const script = this.script(plan, probes);
    const reply = await this.session.exchange(script.rendered.text, {
      label: 'making changes',
      deadlineSeconds: this.deadlineOf(script),
    });
    if (reply.timedOut) throw overdue(this.name);
    return this.read(script, reply.list);
  }

  /** The script that makes the changes of a plan and looks again. */
  script(plan: HostPlan, probes: readonly Command[] = []): ApplyScript {
    const owners: PlannedTask[] = [];
    const commands: Numbered[] = [];
    for (const task of plan.tasks) {
      for (const command of task.changes.flatMap((change) => change.commands)) {
        commands.push({ id: commands.length, command });
        owners.push(task);
      }
    }
    const last = probes.map((command, index) => ({ id: commands.length + index, command }));
    const writes = { ...ledgerWrites(plan, this.world!, commands.length > 0), owed: this.owed.unwritten() };
    return { rendered: renderApply(commands, writes, gatherScript(this.reads), last), owners, last, owed: writes.owed };
  }

  /** What came of the script; from here on the world is what it saw. */
  read({ rendered, owners, last, owed }: ApplyScript, sections: readonly Section[]) {
    const { boot } = this.world!;
    const results = readResults(rendered.steps, sections);
    this.world = parseFacts(this.name, results.rest);
    if (this.world.boot !== boot) throw rebooted(this.name);
    this.owed.written(owed);
    const outcomes = last.map(({ id }) => results.outcomes.get(id) ?? { rc: 2, stdout: '', stderr: 'not run' });
    return { ...failuresOf(results, owners), outcomes };
  }

  /** Writes down which handlers are owed, where the disk says something else. */
  async noteOwed(): Promise<void> {
    if (this.owed.unwritten().length > 0) await this.act([], 60, { title: 'noting handlers', secret: true });
  }

  /** Runs the commands of a procedural task; what they print is shown as it comes, unless it is a secret. */
  async act(
    commands: readonly Command[],
    seconds: number,
    { title, secret }: Pick<ActItem, 'title' | 'secret'>,
  ): Promise<readonly Outcome[]> {
    const numbered = commands.map((command, id) => ({ id, command }));
    const owed = this.owed.unwritten();
    const rendered = renderApply([], { owed }, '', numbered);
    const reply = await this.session.exchange(rendered.text, {
      label: title,
      deadlineSeconds: seconds,
      live: !secret,
    });
    const { outcomes, ledger } = readResults(rendered.steps, reply.list);
    if (ledger !== undefined) throw notNoted(this.name, ledger);
    this.owed.written(owed);
    return numbered.map(({ id }) => outcomes.get(id) ?? { rc: 124, stdout: '', stderr: 'ended at its deadline' });
  }
}

const notNoted = (host: string, why: string): NetwrightError =>
  new NetwrightError(
    { code: 'NOT_NOTED', message: `${host}: which handlers are owed cannot be written down: ${printable(why)}` },
    EXIT.failed,
  );

/** A script, and whose its commands are. */
export interface ApplyScript {
  readonly rendered: Rendered;
  readonly owners: readonly PlannedTask[];
  readonly last: readonly Numbered[];
  readonly owed: ReturnType<Owed['unwritten']>;
}

const rebooted = (host: string): NetwrightError =>
  new NetwrightError(
    { code: 'REBOOTED', message: `${host} was rebooted in the middle of the run`, hint: 'run again' },
    EXIT.failed,
  );

const overdue = (host: string): NetwrightError =>
  new NetwrightError(
    {
      code: 'DEADLINE',
      message: `${host}: a step did not end in time, and was ended`,
      hint: 'run again, which looks first',
    },
    EXIT.failed,
  );

/** The ledger is written only when something changes, or when it would say something else afterwards. */
function ledgerWrites(plan: HostPlan, world: World, changes: boolean) {
  const { intent, final } = plan;
  const before = world.ledgers[final.lab];
  const empty = Object.keys(final.entries).length === 0;
  const same = JSON.stringify(before) === JSON.stringify(final);
  if (!changes && same) return {};
  if (!changes && empty && before === undefined) return {};
  const last = empty ? { removed: final.lab } : final;
  // Without removals the intent already says what will be.
  const once = !empty && JSON.stringify(intent) === JSON.stringify(final);
  return changes && !once ? { intent, final: last } : once ? { intent } : { final: last };
}

function failuresOf(results: Results, owners: readonly PlannedTask[]) {
  const failures = new Map<string, string>();
  const notRun = new Set<string>();
  owners.forEach(({ key }, id) => {
    const result: Result = results.byCommand.get(id) ?? 'not run';
    if (result === 'not run') notRun.add(key);
    else if (result !== 'done') failures.set(key, complaint(result.failed));
  });
  if (results.ledger !== undefined) {
    const first = owners[0]?.key ?? '';
    failures.set(first, `the ledger cannot be written: ${printable(results.ledger)}`);
  }
  for (const key of failures.keys()) notRun.delete(key);
  return { failures, notRun };
}

/** What the failing program said, in a line. */
function complaint({ rc, stdout, stderr }: Outcome): string {
  const text = `${stderr}\n${stdout}`
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(Command failed -:\d+|@\d+)$/.test(line.trim()))
    .slice(0, 3)
    .join('; ');
  return printable(text === '' ? `exit code ${rc}` : text);
}

function unsettled(changes: readonly Change[], problems: readonly Problem[]): string {
  const rest = changes.map(({ what, why }) => `${what} ${why}`.trim()).join(', ');
  const refused = problems.map(({ message }) => message).join('; ');
  return `still not so after ${REPAIRS} repairs: ${[rest, refused].filter((part) => part !== '').join('; ')}`;
}
