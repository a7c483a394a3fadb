import { confirmScript, extendScript, outcomeScript, PENDING, revertScript } from '../apply.ts';
import type { Target } from '../connect.ts';
import { EXIT, printable, worst, type Exit } from '../error.ts';
import type { Emit } from '../report.ts';
import type { FleetOptions } from './fleet-options.ts';
import { withTargets } from './targets.ts';

/** What a person may say about changes that wait for their confirmation. */
export interface Decision {
  readonly say: 'confirm' | 'revert' | 'extend';
  /** Of `extend`: so long from now. */
  readonly seconds: number;
}

/** Decides every waiting change of the hosts by hand. Exit 6 where one was taken back against the person's word. */
export function decide(
  targets: ReadonlyMap<string, Target>,
  decision: Decision,
  emit: Emit,
  options: FleetOptions,
): Promise<Exit> {
  return withTargets(targets, emit, options, async (host, session) => {
    const title = decision.say;
    const tell = (detail: string, failed = false): void => {
      const [sign, status] = failed ? (['!', 'failed'] as const) : (['=', 'ok'] as const);
      emit({ type: 'task', host, title, sign, status, detail });
    };
    const listed = await session.exchange(`mark pending; ${PENDING}`);
    const ids = (listed.sections.get('pending') ?? '').split('\n').filter((id) => /^[0-9a-f]{12}$/.test(id));
    if (ids.length === 0) tell('nothing is waiting');
    const outcomes: Exit[] = [];
    for (const id of ids) {
      await session.exchange(scriptOf(id, decision));
      const outcome = printable((await session.exchange(outcomeScript(id))).sections.get('outcome')?.trim() ?? '');
      const against = decision.say !== 'revert' && outcome.startsWith('reverted');
      const waits = `waits ${decision.say === 'extend' ? `${decision.seconds} s more` : 'still'}`;
      tell(outcome === '' ? waits : outcome, against);
      outcomes.push(against ? EXIT.reverted : EXIT.done);
    }
    return worst(...outcomes);
  });
}

function scriptOf(id: string, decision: Decision): string {
  if (decision.say === 'confirm') return confirmScript(id, true);
  return decision.say === 'revert' ? revertScript(id, 'asked for by hand') : extendScript(id, decision.seconds);
}
