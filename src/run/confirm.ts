import { randomBytes } from 'node:crypto';
import {
  beginScript,
  confirmScript,
  lookScript,
  outcomeScript,
  renderApply,
  revertScript,
  sectionsOf,
  type Numbered,
} from '../apply.ts';
import type { Reply, Session } from '../connect.ts';
import { EXIT, NetwrightError, printable, type Problem } from '../error.ts';
import { addressesAfter, planHost, type HostInput, type HostPlan } from '../plan.ts';
import { describeChanges } from '../report.ts';
import { deadlineOf, type Applied, type ApplyScript, type HostRun } from './host.ts';

/** Opens a new connection to the host, at another address than the inventory's if one is given. */
export type Reopen = (address?: string) => Promise<Session>;

/** So long before the undo's time nobody tries to confirm any more. */
const MARGIN_SECONDS = 2;
/** So long after it the host is given to be reached again. */
const GRACE_SECONDS = 10;

/** A plan on its way, and how the host can be asked about it. */
interface Transaction {
  readonly id: string;
  readonly host: HostRun;
  readonly input: Omit<HostInput, 'world'>;
  readonly plan: HostPlan;
  readonly script: ApplyScript;
  readonly reopen: Reopen;
  /** The addresses at which the host may be met, the likeliest first. */
  readonly addresses: readonly (string | undefined)[];
  /** On `performance.now`'s clock. */
  readonly confirmUntil: number;
  readonly askUntil: number;
}

/**
 * Applies a plan so that the host takes everything back by itself, unless a new connection to it confirms in time.
 * Throws a NetwrightError with exit 6 when it did.
 */
export async function applyConfirmed(
  host: HostRun,
  input: Omit<HostInput, 'world'>,
  plan: HostPlan,
  seconds: number,
  reopen: Reopen,
): Promise<Applied> {
  const before = host.world!;
  const id = randomBytes(6).toString('hex');
  const script = host.script(plan);
  const undo = undoScriptOf(host.name, plan, before.ledgers[plan.final.lab] ?? { removed: plan.final.lab });
  const now = performance.now();
  const addresses = [undefined, ...addressesAfter(before, plan.after)].toReversed();
  const confirmUntil = now + (seconds - MARGIN_SECONDS) * 1000;
  const askUntil = now + (seconds + GRACE_SECONDS) * 1000;
  const transaction = { id, host, input, plan, script, reopen, addresses, confirmUntil, askUntil };
  const text = beginScript({ id, seconds, apply: script.rendered.text, undo });
  // A connection that is lost now may be lost because of the change; a new one will tell.
  const armed = await unlessLost(host.session.exchange(text, { label: 'arming the undo', deadlineSeconds: 10 }));
  if (armed?.list.some(({ name }) => name === 'not armed')) throw notArmed(host.name);
  const done = await confirmed(transaction);
  if (!armed) await host.resume(await reopen(done.address));
  return { ...done.round, plan, repairs: 0 };
}

/** What a lost connection would have answered is not known; anything else that fails fails. */
const unlessLost = (reply: Promise<Reply>): Promise<Reply | undefined> =>
  reply.catch((error: unknown) => {
    if (error instanceof NetwrightError && error.exit === EXIT.unreachable) return undefined;
    throw error;
  });

/** Confirms over a connection that was made after the changes: one that was open before may well stay open. */
async function confirmed(transaction: Transaction) {
  const { id, host, input, script, confirmUntil, addresses } = transaction;
  const deadlineSeconds = deadlineOf(script.rendered.steps.length);
  for await (const [session, address] of connections(transaction, addresses, confirmUntil)) {
    const seen = await unlessLost(session.exchange(lookScript(id), { deadlineSeconds }));
    if (!seen || seen.list.some(({ name }) => name === 'waited')) continue;
    const round = readApplied(host, script, id, seen);
    if (typeof round === 'string') throw await takenBack(transaction, round);
    const rest = planHost({ ...input, world: host.world! });
    if (rest.problems.length > 0 || rest.tasks.some(({ changes }) => changes.length > 0)) {
      throw await takenBack(transaction, 'verify found a rest');
    }
    const reply = await unlessLost(session.exchange(confirmScript(id)));
    if (!reply) continue;
    const outcome = outcomeOf(reply);
    if (!outcome.startsWith('confirmed')) throw await takenBack(transaction, outcome.replace(/^reverted /, ''));
    return { round, address };
  }
  throw await takenBack(transaction, 'no new connection could be made in time');
}

/** New connections, one after another, each closed when it is done with, until the time is over. */
async function* connections(
  { reopen }: Transaction,
  addresses: readonly (string | undefined)[],
  until: number,
): AsyncGenerator<readonly [Session, string | undefined]> {
  do {
    for (const address of addresses) {
      const session = await reopen(address).catch((error: unknown) => {
        if (error instanceof NetwrightError) return undefined;
        throw error;
      });
      if (!session) continue;
      try {
        yield [session, address];
      } finally {
        await session.close();
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  } while (performance.now() < until);
}

/** Changes of a plan that has to be confirmed, and that nothing can take back. */
export const irreversible = (host: string, { tasks }: HostPlan): Problem[] =>
  tasks
    .flatMap((task) => task.changes.map((change) => ({ task, change })))
    .filter(({ change }) => change.undo === undefined)
    .map(({ task, change }) => ({
      code: 'IRREVERSIBLE',
      message: `${host}: ${task.title}: "${`${change.what} ${change.why}`.trim()}" cannot be taken back, and this run must be confirmed`,
      hint: 'do it in a play of its own, that does not touch the way to the host',
    }));

/** What takes the plan back, last change first; a change without a way back is refused. */
function undoScriptOf(host: string, plan: HostPlan, ledger: Parameters<typeof renderApply>[1]['final']): string {
  const stuck = irreversible(host, plan);
  if (stuck.length > 0) throw new NetwrightError(stuck);
  const commands = plan.tasks
    .flatMap(({ changes }) => changes)
    .toReversed()
    .flatMap(({ undo }) => undo!)
    .map((command, index): Numbered => ({ id: index, command }));
  return renderApply(commands, { final: ledger }, '', [], true).text;
}

/** What came of the changes, or why they are not there. */
function readApplied(host: HostRun, script: ApplyScript, id: string, { list }: Reply) {
  const applied = list.find(({ name }) => name.startsWith('applied'));
  const out = list.find(({ name }) => name === 'out');
  if (!applied || !out) return 'the host does not know of the change any more';
  const outcome = printable(applied.text.trim()).replace(/^reverted /, '');
  // Ended on the way, so it says nothing about the host.
  if (applied.name === 'applied ') return outcome || 'the changes did not end in time';
  const round = host.read(script, sectionsOf(id, out.text));
  if (round.failures.size > 0) return [...round.failures.values()].join('; ');
  return applied.text.startsWith('reverted') ? outcome : round;
}

/** Lets the host take everything back now if it has not yet, looks whether it is as before, and says so. */
async function takenBack(transaction: Transaction, reason: string): Promise<NetwrightError> {
  const { id, host, input, plan, addresses, askUntil } = transaction;
  for await (const [session] of connections(transaction, addresses.toReversed(), askUntil)) {
    const asked = await unlessLost(session.exchange(revertScript(id, reason)));
    const reply = asked && (await unlessLost(session.exchange(outcomeScript(id))));
    if (!reply) continue;
    if (!outcomeOf(reply).startsWith('reverted'))
      return inDoubt(host.name, `${reason}; the host says: ${outcomeOf(reply)}`);
    const rest = notTakenBack(plan, planHost({ ...input, world: await host.lookOver(session) }));
    return rest === ''
      ? reverted(host.name, reason)
      : inDoubt(host.name, `${reason}, and the host is not as before: ${rest}`);
  }
  return inDoubt(host.name, `${reason}, and none can be made now that its time is over`);
}

/** Where nothing is left of a plan, it is to be done again whole; says what is not, or is to be done besides. */
function notTakenBack(before: HostPlan, after: HostPlan): string {
  const [first, again] = [before, after].map(({ tasks }) =>
    tasks.map(({ title, changes }) => `${title}: ${describeChanges(changes)}`),
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

const inDoubt = (host: string, reason: string): NetwrightError =>
  new NetwrightError(
    {
      code: 'IN_DOUBT',
      message: `${host}: in doubt: ${reason}`,
      hint: 'look at the host, or run again, which looks first',
    },
    EXIT.reverted,
  );

const notArmed = (host: string): NetwrightError =>
  new NetwrightError(
    {
      code: 'NOT_ARMED',
      message: `${host}: the undo could not be armed, so nothing was changed`,
      hint: 'is /run full?',
    },
    EXIT.failed,
  );
