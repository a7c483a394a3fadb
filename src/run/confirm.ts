import type { Command } from '../command.ts';
import { NetwrightError } from '../error.ts';
import { touchesTunnel, type HostInput, type HostPlan } from '../plan.ts';
import type { Emit, HostCounts } from '../report.ts';
import { byPerson } from './ask.ts';
import type { Fleet, Member } from './fleet.ts';
import { forks } from './forks.ts';
import type { Applied } from './host.ts';
import { inDoubt, Transaction, type Pending } from './transaction.ts';

export interface Step {
  readonly input: Omit<HostInput, 'world'>;
  readonly plan: HostPlan;
  /** Seconds to confirm in, where the plan has to be confirmed. */
  readonly confirm: number | undefined;
  /** Ride along, where nothing has to be confirmed. */
  readonly probes?: readonly Command[];
}

/**
 * Makes the changes of a plan and verifies them. Where they have to be confirmed, they are made so that the host takes
 * them back by itself, and `settle` decides. Throws with exit 6 where the host did that already.
 */
export async function applyPlan(fleet: Fleet, member: Member, step: Step): Promise<Applied> {
  const { input, plan, confirm, probes } = step;
  const run = member.run!;
  if (confirm === undefined) return run.apply(input, plan, probes);
  const stuck = fleet.irreversible(member.name, plan);
  if (stuck.length > 0) throw new NetwrightError(stuck);
  const before = { ...member.counts };
  const transaction = await Transaction.begin(run, { input, plan, seconds: confirm }, fleet.reopen(member));
  const applied = await transaction.verify();
  const group = touchesTunnel(run.world!, plan.tasks) ? input.lab : undefined;
  member.pending = { transaction, group, before };
  return applied;
}

/** Confirms what waits, or has it taken back where its host, or another end of a tunnel, did not get on. */
export async function settle(fleet: Fleet, emit: Emit, members: readonly Member[] = fleet.members): Promise<void> {
  const groups = new Map<string, Waiting[]>();
  for (const member of members) {
    const { pending } = member;
    if (!pending) continue;
    delete member.pending;
    const key = pending.group === undefined ? `host ${member.name}` : `tunnels ${pending.group}`;
    groups.set(key, [...(groups.get(key) ?? []), { member, ...pending }]);
  }
  await Promise.all([...groups.values()].map((group) => settleGroup(fleet, emit, group)));
}

type Waiting = Pending & { readonly member: Member };

/**
 * First every host is met anew, and one that is not has all of them taken back. Then each confirms: its time stops, its
 * undo stays. When all have, the undos go. So whatever is cut on the way can be put right by `netwright revert`.
 */
async function settleGroup(fleet: Fleet, emit: Emit, group: readonly Waiting[]): Promise<void> {
  const each = <T>(work: (waiting: Waiting) => Promise<T>): Promise<T[]> => forks(group, fleet.forks, work);
  const alone = group.length === 1;
  if (fleet.isStopped) {
    await each(async (waiting) => {
      lose(fleet, waiting, await waiting.transaction.takeBack('the run was interrupted'));
    });
    return;
  }
  const reached = await each(async ({ member, transaction, before }) => {
    if (hasFailedSince(member, before)) return false;
    return alone || (await transaction.probe());
  });
  const lost = group[reached.indexOf(false)];
  if (lost) {
    await each(async (waiting) => {
      const reason =
        waiting === lost ? whyLost(waiting) : `${lost.member.name} is the other end of a tunnel, and failed`;
      lose(fleet, waiting, await waiting.transaction.takeBack(reason));
    });
    return;
  }
  const confirmed = await each(async (waiting) => {
    const { member, transaction } = waiting;
    try {
      if (fleet.isLocal(member)) await byPerson(fleet, member.name, transaction, emit, alone);
      else await transaction.confirm(alone);
      return true;
    } catch (error) {
      lose(fleet, waiting, error);
      return false;
    }
  });
  if (alone) return;
  const open = group.filter((_, index) => !confirmed[index]).map(({ member }) => member.name);
  await each(async (waiting) => {
    const { member, transaction } = waiting;
    if (open.length === 0) await fleet.attempt(member, () => transaction.drop());
    else if (!open.includes(member.name)) lose(fleet, waiting, halfConfirmed(member.name, open));
  });
}

/** Also where a rescue has taken care of it: what was checked is not as it should be. */
const hasFailedSince = ({ state, counts }: Member, before: HostCounts): boolean =>
  state !== 'fine' || counts.failed > before.failed || counts.rescued > before.rescued;

const whyLost = ({ member, before }: Waiting): string =>
  !hasFailedSince(member, before)
    ? 'it could not be reached anew after all hosts had changed'
    : 'a check after the changes failed';

function lose(fleet: Fleet, { member, before }: Waiting, error: unknown): void {
  Object.assign(member.counts, { ...member.counts, ok: before.ok, changed: before.changed });
  fleet.lose(member, error);
}

const halfConfirmed = (host: string, open: readonly string[]): NetwrightError =>
  inDoubt(
    host,
    `confirmed here, but not on ${open.join(', ')}`,
    '"netwright revert" takes it back, "netwright confirm" keeps it',
  );
