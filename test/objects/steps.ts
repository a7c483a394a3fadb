import { expect } from 'vitest';
import type { World } from '../../src/gather.ts';
import type { Change, Wanted } from '../../src/object.ts';
import { Lab, type Plan } from './lab.ts';
import type { Situation, Step } from './situations.ts';

/** Makes a change that was planned on a world. */
export type Make = (lab: Lab, change: Change, world: World) => Promise<void>;

/** What else is done: before we do anything, and when we have taken everything away. */
export interface Ends {
  readonly first?: (lab: Lab) => Promise<void>;
  readonly last?: (lab: Lab) => Promise<void>;
}

/** For a walk on a busy machine. */
export const PATIENCE_MS = 60_000;

/** More than any object needs; a plan that never comes to an end is a bug. */
const ENOUGH = 12;

const wantedBy = (steps: readonly Step[]): Wanted[] =>
  steps.flatMap((step) => ('sh' in step ? [] : ['want' in step ? step.want : step.remove]));

/**
 * Goes through a situation on a host of its own, one change at a time and planned again after each, and then takes
 * away what is still owned.
 */
export async function walk({ steps }: Situation, make: Make, { first, last }: Ends = {}): Promise<void> {
  const lab = await Lab.start(wantedBy(steps));
  const until = async (plan: () => Promise<Plan>): Promise<void> => {
    for (let round = 0; round < ENOUGH; round++) {
      const { world, changes } = await plan();
      if (!changes[0]) return;
      await make(lab, changes[0], world);
    }
    expect((await plan()).changes.map(({ what, why }) => `${what}: ${why}`)).toEqual([]);
  };
  const remove = async (wanted: Wanted): Promise<void> => {
    await until(() => lab.remove(wanted));
    lab.forget(wanted);
  };
  try {
    const found = steps.findIndex((step) => !('sh' in step));
    for (const [index, step] of steps.entries()) {
      if (index === found) await first?.(lab);
      if ('sh' in step) await lab.kernel.sh(step.sh);
      else if ('want' in step) await until(() => lab.want(step.want, step.adopt));
      else await remove(step.remove);
    }
    for (const wanted of lab.owned()) await remove(wanted);
    await last?.(lab);
  } finally {
    lab.kernel.stop();
  }
}
