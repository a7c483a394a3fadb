import { expectAlike } from './expect.ts';
import type { Pool } from './machines.ts';
import type { Action, State } from './state.ts';
import { tally } from './tally.ts';
import { Walker } from './walker.ts';

/** Or only where it ends. */
const THOROUGH = process.env.NETWRIGHT_TORTURE !== undefined;

const stateOf = (action: Action): State[] => ('state' in action ? [action.state] : []);

/** Takes the way, comes to its last state, compares it with hosts that went straight there, and destroys it. */
export async function walk(pool: Pool, way: readonly Action[]): Promise<void> {
  const count = Object.keys(way.flatMap(stateOf)[0]!.hosts).length;
  const last = way.findLast((action) => action.do === 'apply' || action.do === 'crash')!.state;
  await pool.lend(count, async (machines) => {
    const walker = new Walker(machines);
    const end = way.at(-1)!;
    for (const action of way) await walker.take(action, THOROUGH || action === end);
    if (end.do !== 'apply') await walker.apply(last, true);
    if (!walker.hasTheirs) await expectSame(pool, count, last, await walker.picture());
    await walker.destroy();
    if (THOROUGH) await walker.destroy();
  });
  tally.walked(count);
}

/** Hosts that went straight to a state have the same. */
async function expectSame(pool: Pool, count: number, state: State, picture: unknown): Promise<void> {
  await pool.lend(count, async (fresh) => {
    const straight = new Walker(fresh);
    await straight.settle(state);
    expectAlike(picture, await straight.picture(), 'who went straight there has something else');
    await straight.destroy();
    tally.count('compared');
  });
}
