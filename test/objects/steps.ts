import { expect } from 'vitest';
import type { Change, Wanted } from '../../src/object.ts';
import { Lab } from './lab.ts';
import type { Situation, Step } from './situations.ts';

/** More than any object needs; a plan that never comes to an end is a bug. */
const ENOUGH = 8;

const wantedBy = (steps: readonly Step[]): Wanted[] =>
  steps.flatMap((step) => ('sh' in step ? [] : ['want' in step ? step.want : step.remove]));

/** Goes through a situation on a host of its own, one change at a time, and then takes away what is still owned. */
export async function walk({ steps }: Situation, make: (lab: Lab, change: Change) => Promise<void>): Promise<void> {
  const lab = await Lab.start(wantedBy(steps));
  const until = async (plan: () => readonly Change[]): Promise<void> => {
    for (let round = 0; round < ENOUGH; round++) {
      const [change] = plan();
      if (!change) return;
      await make(lab, change);
    }
    expect(plan().map(({ what, why }) => `${what}: ${why}`)).toEqual([]);
  };
  const remove = async (wanted: Wanted): Promise<void> => {
    await until(() => lab.remove(wanted));
    lab.forget(wanted);
  };
  try {
    for (const step of steps) {
      if ('sh' in step) lab.kernel.sh(step.sh);
      else if ('want' in step) await until(() => lab.want(step.want, step.adopt));
      else await remove(step.remove);
    }
    for (const wanted of lab.owned()) await remove(wanted);
  } finally {
    lab.kernel.stop();
  }
}
