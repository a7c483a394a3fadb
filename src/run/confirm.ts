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
import { EXIT, NetwrightError, printable } from '../error.ts';
import { addressesAfter, planHost, type HostInput, type HostPlan } from '../plan.ts';
import { deadlineOf, type Applied, type ApplyScript, type HostRun } from './host.ts';

/** Opens a new connection to the host, at another address than the inventory's if one is given. */
export type Reopen = (address?: string) => Promise<Session>;

/** So long before the undo's time nobody tries to confirm any more. */
const MARGIN_SECONDS = 2;

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
  const until = performance.now() + (seconds - MARGIN_SECONDS) * 1000;
  const text = beginScript({ id, seconds, apply: script.rendered.text, undo });
  const deadlineSeconds = deadlineOf(script.rendered.steps.length);
  let lost = false;
  try {
    const reply = await host.session.exchange(text, { label: 'arming the undo', deadlineSeconds: 10 });
    if (reply.list.some(({ name }) => name === 'not armed')) throw notArmed(host.name);
  } catch (error) {
    // A connection that is lost now may be lost because of the change; a new one will tell.
    if (!(error instanceof NetwrightError) || error.exit !== EXIT.unreachable) throw error;
    lost = true;
  }
  const addresses = [undefined, ...addressesAfter(before, plan.after)].toReversed();
  const fresh = await connectUntil(until, addresses, reopen);
  if (!fresh) throw await afterUndo(host, id, seconds, reopen);
  const seen = await fresh.exchange(lookScript(id), { deadlineSeconds });
  const round = assertApplied(host, script, id, seen);
  const rest = planHost({ ...input, world: host.world! }).tasks.filter(({ changes }) => changes.length > 0);
  if (rest.length > 0) {
    await fresh.exchange(revertScript(id, 'verify found a rest'), { deadlineSeconds });
    await fresh.close();
    throw reverted(host.name, 'verify found a rest');
  }
  const outcome = outcomeOf(await fresh.exchange(confirmScript(id)));
  if (!outcome.startsWith('confirmed')) throw reverted(host.name, outcome);
  if (lost) host.session = fresh;
  else await fresh.close();
  return { ...round, plan, repairs: 0 };
}

/** What takes the plan back, last change first; a change without a way back is refused. */
function undoScriptOf(host: string, plan: HostPlan, ledger: Parameters<typeof renderApply>[1]['final']): string {
  const changes = plan.tasks.flatMap((task) => task.changes.map((change) => ({ task, change })));
  const stuck = changes.filter(({ change }) => change.undo === undefined);
  if (stuck.length > 0) {
    throw new NetwrightError(
      stuck.map(({ task, change }) => ({
        code: 'IRREVERSIBLE',
        message: `${host}: ${task.title}: "${`${change.what} ${change.why}`.trim()}" cannot be taken back, and this run must be confirmed`,
        hint: 'do it in a play of its own, that does not touch the way to the host',
      })),
    );
  }
  const commands = changes
    .toReversed()
    .flatMap(({ change }) => change.undo!)
    .map((command, index): Numbered => ({ id: index, command }));
  return renderApply(commands, { final: ledger }, '', [], true).text;
}

function assertApplied(host: HostRun, script: ApplyScript, id: string, reply: Reply) {
  const applied = reply.list.find(({ name }) => name.startsWith('applied'));
  const out = reply.list.find(({ name }) => name === 'out');
  if (!applied || !out) throw reverted(host.name, 'the host does not know of the change any more');
  const round = host.read(script, sectionsOf(id, out.text));
  const outcome = applied.text.trim();
  if (round.failures.size > 0) throw reverted(host.name, [...round.failures.values()].join('; '));
  if (outcome.startsWith('reverted')) throw reverted(host.name, outcome.slice('reverted '.length));
  return round;
}

/** Tries until the time is over: the new addresses first, then the one of the inventory. */
async function connectUntil(
  until: number,
  addresses: readonly (string | undefined)[],
  reopen: Reopen,
): Promise<Session | undefined> {
  for (let first = true; first || performance.now() < until; first = false) {
    for (const address of addresses) {
      try {
        return await reopen(address);
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return undefined;
}

/** The host is on its way back: waits for it, and tells why. */
async function afterUndo(host: HostRun, id: string, seconds: number, reopen: Reopen): Promise<NetwrightError> {
  const until = performance.now() + (seconds + MARGIN_SECONDS + 10) * 1000;
  const session = await connectUntil(until, [undefined], reopen);
  if (!session) {
    return reverted(
      host.name,
      'no new connection could be made, and none can be made now that its time is over',
      'IN_DOUBT',
    );
  }
  const outcome = outcomeOf(await session.exchange(outcomeScript(id)));
  await session.close();
  return reverted(host.name, `no new connection could be made${outcome === '' ? '' : ` (the host says: ${outcome})`}`);
}

const outcomeOf = (reply: Reply): string =>
  printable(reply.list.find(({ name }) => name === 'outcome')?.text.trim() ?? '');

const reverted = (host: string, reason: string, code = 'REVERTED'): NetwrightError =>
  new NetwrightError(
    {
      code,
      message: `${host}: ${code === 'REVERTED' ? 'everything was taken back' : 'in doubt'}: ${reason}`,
      hint:
        code === 'REVERTED'
          ? 'the host is as it was before this run'
          : 'look at the host: its timer takes everything back',
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
