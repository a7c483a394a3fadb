import { randomBytes } from 'node:crypto';
import {
  beginScript,
  confirmScript,
  dropScript,
  lookScript,
  outcomeScript,
  renderApply,
  revertScript,
  sectionsOf,
  type Numbered,
} from '../apply.ts';
import type { Reply, Session } from '../connect.ts';
import { EXIT, NetwrightError, printable } from '../error.ts';
import { addressesAfter, planHost, touchesCarrier, type HostInput, type HostPlan } from '../plan.ts';
import { describeChanges, HIDDEN, type HostCounts } from '../report.ts';
import type { Applied, ApplyScript, HostRun } from './host.ts';

/** Opens a new connection to the host, at another address than the inventory's if one is given. */
export type Reopen = (address?: string) => Promise<Session>;

/** So long before the undo's time nobody tries to confirm any more. */
const MARGIN_SECONDS = 2;
/** So long after it the host is given to be reached again. */
const GRACE_SECONDS = 10;

export interface Order {
  readonly input: Omit<HostInput, 'world'>;
  readonly plan: HostPlan;
  /** After so many seconds the host takes everything back by itself. */
  readonly seconds: number;
}

/** Changes that a host has made and will take back, unless `settle` confirms them. */
export interface Pending {
  readonly transaction: Transaction;
  /** Hosts with the same word stand and fall together: they are ends of the lab's tunnels. */
  readonly group: string | undefined;
  /** What was counted before the changes. */
  readonly before: HostCounts;
}

/** The changes of one plan on one host, until they are confirmed or taken back. */
export class Transaction {
  readonly #id = randomBytes(6).toString('hex');
  readonly #host: HostRun;
  readonly #order: Order;
  readonly #script: ApplyScript;
  readonly #reopen: Reopen;
  /** The addresses at which the host may be met, the likeliest first. */
  readonly #addresses: readonly (string | undefined)[];
  /** On `performance.now`'s clock. */
  readonly #confirmUntil: number;
  readonly #askUntil: number;
  readonly #moves: boolean;
  /** A connection that was made after the changes. */
  #fresh: Session | undefined;

  private constructor(host: HostRun, order: Order, reopen: Reopen) {
    const { plan, seconds } = order;
    const before = host.world!;
    this.#host = host;
    this.#order = order;
    this.#script = host.script(plan);
    this.#reopen = reopen;
    this.#addresses = [undefined, ...addressesAfter(before, plan.after)].toReversed();
    this.#confirmUntil = performance.now() + (seconds - MARGIN_SECONDS) * 1000;
    this.#askUntil = performance.now() + (seconds + GRACE_SECONDS) * 1000;
    this.#moves = touchesCarrier(before, plan.after, plan.tasks);
  }

  /** Arms the undo on the host, and lets the changes begin there, apart from our session. */
  static async begin(host: HostRun, order: Order, reopen: Reopen): Promise<Transaction> {
    const before = host.world!.ledgers[order.plan.final.lab] ?? { removed: order.plan.final.lab };
    const transaction = new Transaction(host, order, reopen);
    await transaction.#arm(undoScriptOf(order.plan, before));
    return transaction;
  }

  async #arm(undo: string): Promise<void> {
    const { session } = this.#host;
    const { seconds } = this.#order;
    const text = beginScript({ id: this.#id, seconds, apply: this.#script.rendered.text, undo });
    // A connection that is lost now may be lost because of the change; a new one will tell.
    const armed = await unlessLost(session.exchange(text, { label: 'arming the undo', deadlineSeconds: 10 }));
    if (armed?.list.some(({ name }) => name === 'not armed')) throw notArmed(this.#host.name);
    this.#lost = armed === undefined;
  }

  #lost = false;

  /** How long somebody has to say that the changes are good, in seconds. */
  get left(): number {
    return Math.max(0, (this.#confirmUntil - performance.now()) / 1000);
  }

  /**
   * Looks at the host over a connection that was made after the changes: one that was open before may well stay open.
   * From here on the host is talked to over that one, where the way to it was touched. Throws when the host is, or now
   * was, taken back.
   */
  async verify(): Promise<Applied> {
    try {
      return await this.#verified();
    } catch (error) {
      const ends: readonly number[] = [EXIT.reverted, EXIT.interrupted];
      const isDecided = !(error instanceof NetwrightError) || ends.includes(error.exit);
      // A run that cannot go on, for whatever reason, has nobody who could confirm.
      if (!isDecided) throw await this.takeBack(error.problems.map(({ message }) => message).join('; '));
      await this.#leave();
      throw error;
    }
  }

  async #verified(): Promise<Applied> {
    const deadlineSeconds = this.#host.deadlineOf(this.#script);
    const look = (session: Session): Promise<Reply | undefined> =>
      unlessLost(session.exchange(lookScript(this.#id), { deadlineSeconds }));
    // A connection counts only if the changes had come to their end before it was begun: one that is half made
    // meanwhile may live on where no other can be made any more.
    let ended = !this.#lost && !this.#moves && (await look(this.#host.session)) !== undefined;
    for await (const session of this.#connections(this.#confirmUntil)) {
      const seen = await look(session);
      if (!seen || !ended) {
        ended ||= seen !== undefined;
        await session.close();
        continue;
      }
      this.#fresh = session;
      const round = this.#read(seen);
      if (typeof round === 'string') throw await this.takeBack(round);
      const rest = planHost({ ...this.#order.input, world: this.#host.world! });
      if (rest.problems.length > 0 || rest.tasks.some(({ changes }) => changes.length > 0)) {
        throw await this.takeBack('verify found a rest');
      }
      if (this.#lost || this.#moves) await this.#host.resume(session, this.#id);
      return { ...round, plan: this.#order.plan, repairs: 0 };
    }
    throw await this.takeBack(UNREACHED);
  }

  /** Whether the host is to be reached anew, now. */
  async probe(): Promise<boolean> {
    await this.#leave();
    for await (const session of this.#connections(this.#confirmUntil)) {
      const reply = await unlessLost(session.exchange(lookScript(this.#id)));
      if (!reply) {
        await session.close();
        continue;
      }
      this.#fresh = session;
      return !reply.list.some(({ name, text }) => name === 'no transaction' || text.startsWith('reverted'));
    }
    return false;
  }

  /**
   * Stops the undo's time; unless it is dropped at once, the undo itself stays for `netwright revert`. Throws when the
   * host was faster, or cannot be told in time.
   */
  async confirm(drop: boolean): Promise<void> {
    for await (const session of this.#connections(this.#confirmUntil)) {
      const reply = await unlessLost(session.exchange(confirmScript(this.#id, drop)));
      await this.#leave(session);
      if (!reply) continue;
      const outcome = outcomeOf(reply);
      if (outcome.startsWith('confirmed')) return;
      throw await this.takeBack(outcome.replace(/^reverted /, ''));
    }
    throw await this.takeBack(UNREACHED);
  }

  /** What the host says has become of the changes; nothing while it waits. */
  async outcome(): Promise<string> {
    return outcomeOf(await this.#host.session.exchange(outcomeScript(this.#id)));
  }

  /** From now on there is no way back. */
  async drop(): Promise<void> {
    await this.#host.session.exchange(dropScript(this.#id));
  }

  /** Lets the host take everything back now if it has not yet, looks whether it is as before, and says so. */
  async takeBack(reason: string): Promise<NetwrightError> {
    const { name } = this.#host;
    const { input, plan } = this.#order;
    await this.#leave();
    for await (const session of this.#connections(this.#askUntil, this.#addresses.toReversed())) {
      const asked = await unlessLost(session.exchange(revertScript(this.#id, reason)));
      const reply = asked && (await unlessLost(session.exchange(outcomeScript(this.#id))));
      if (!reply) {
        await session.close();
        continue;
      }
      const outcome = outcomeOf(reply);
      const world = outcome.startsWith('reverted') ? await unlessFailed(this.#host.lookOver(session)) : undefined;
      await session.close();
      if (!world) return inDoubt(name, `${reason}; the host says: ${outcome === '' ? 'nothing' : outcome}`);
      const rest = notTakenBack(plan, planHost({ ...input, world }));
      return rest === '' ? reverted(name, reason) : inDoubt(name, `${reason}, and the host is not as before: ${rest}`);
    }
    return inDoubt(name, `${reason}, and none can be made now that its time is over`);
  }

  /** The fresh connection that there is, then new ones, one after another, until the time is over. */
  async *#connections(until: number, addresses = this.#addresses): AsyncGenerator<Session> {
    if (this.#fresh) yield this.#fresh;
    do {
      for (const address of addresses) {
        const session = await this.#reopen(address).catch((error: unknown) => {
          if (error instanceof NetwrightError && error.exit !== EXIT.interrupted) return undefined;
          throw error;
        });
        if (session) yield session;
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    } while (performance.now() < until);
  }

  async #leave(session = this.#fresh): Promise<void> {
    if (session === this.#fresh) this.#fresh = undefined;
    if (session !== this.#host.session) await session?.close();
  }

  /** What came of the changes, or why they are not there. */
  #read({ list }: Reply) {
    const applied = list.find(({ name }) => name.startsWith('applied'));
    const out = list.find(({ name }) => name === 'out');
    if (!applied || !out) return 'the host does not know of the change any more';
    const outcome = printable(applied.text.trim()).replace(/^reverted /, '');
    // Ended on the way, so it says nothing about the host.
    if (applied.name === 'applied ') return outcome || 'the changes did not end in time';
    const round = this.#host.read(this.#script, sectionsOf(this.#id, out.text));
    if (round.failures.size > 0) return [...round.failures.values()].join('; ');
    return applied.text.startsWith('reverted') ? outcome : round;
  }
}

const UNREACHED = 'no new connection could be made in time';

/** What a lost connection would have answered is not known; anything else that fails fails. */
const unlessLost = (reply: Promise<Reply>): Promise<Reply | undefined> =>
  reply.catch((error: unknown) => {
    if (error instanceof NetwrightError && error.exit === EXIT.unreachable) return undefined;
    throw error;
  });

const unlessFailed = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);

/** What takes the plan back, last change first; what cannot be taken back was refused before, or let pass. */
function undoScriptOf(plan: HostPlan, ledger: Parameters<typeof renderApply>[1]['final']): string {
  const commands = plan.tasks
    .flatMap(({ changes }) => changes)
    .toReversed()
    .flatMap(({ undo }) => undo ?? [])
    .map((command, index): Numbered => ({ id: index, command }));
  return renderApply(commands, { final: ledger }, '', [], true).text;
}

/** Where nothing is left of a plan, it is to be done again whole; says what is not, or is to be done besides. */
function notTakenBack(before: HostPlan, after: HostPlan): string {
  const [first, again] = [before, after].map(({ tasks }) =>
    tasks.map(({ title, changes, secret }) => `${title}: ${secret ? HIDDEN : describeChanges(changes)}`),
  );
  const differing = [
    ...first!.filter((line) => !again!.includes(line)),
    ...again!.filter((line) => !first!.includes(line)),
  ];
  return [...differing, ...after.problems.map(({ message }) => message)].join('; ');
}

const outcomeOf = (reply: Reply): string =>
  printable(reply.list.find(({ name }) => name === 'outcome')?.text.trim() ?? '');

const reverted = (host: string, reason: string): NetwrightError => {
  const message = `${host}: everything was taken back: ${reason}`;
  return new NetwrightError(
    { code: 'REVERTED', message, hint: 'the host is as it was before this run' },
    EXIT.reverted,
  );
};

/** Nobody knows, or it is not as it should be. */
export const inDoubt = (
  host: string,
  reason: string,
  hint = 'look at the host, or run again, which looks first',
): NetwrightError =>
  new NetwrightError({ code: 'IN_DOUBT', message: `${host}: in doubt: ${reason}`, hint }, EXIT.reverted);

const notArmed = (host: string): NetwrightError =>
  new NetwrightError(
    {
      code: 'NOT_ARMED',
      message: `${host}: the undo could not be armed, so nothing was changed`,
      hint: 'is /run full?',
    },
    EXIT.failed,
  );
