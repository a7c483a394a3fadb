import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Change, Wanted } from '../../src/object.ts';
import { Lab } from './lab.ts';
import { situations, type Step } from './situations.ts';
import { viewOf } from './view.ts';

const wantedBy = (steps: readonly Step[]): Wanted[] =>
  steps.flatMap((step) => ('sh' in step ? [] : ['want' in step ? step.want : step.remove]));

/** Makes a change for real, and looks whether the kernel did what the planner thinks it does. */
async function make(lab: Lab, change: Change): Promise<void> {
  const predicted = structuredClone(lab.gather());
  change.effect(predicted);
  lab.run(change.commands);
  const views = (): [unknown, unknown] => {
    const found = lab.gather();
    return [viewOf(found, predicted), viewOf(predicted, found)];
  };
  // A namespace is taken apart after the command has returned.
  for (let tries = 0; tries < 20 && !isDeepStrictEqual(...views()); tries++) await setTimeout(20);
  const [found, expected] = views();
  expect(found, `${change.what}: ${change.why}`).toEqual(expected);
}

describe('the kernel does what the planner thinks it does', () => {
  test.each(situations)('$name', async ({ steps }) => {
    const lab = await Lab.start(wantedBy(steps));
    for (const step of steps) {
      if ('sh' in step) lab.kernel.sh(step.sh);
      else if ('want' in step) {
        for (const change of lab.want(step.want, step.adopt)) await make(lab, change);
        expect(lab.want(step.want).map(({ what, why }) => `${what} ${why}`)).toEqual([]);
      } else for (const change of lab.remove(step.remove)) await make(lab, change);
    }
    for (const owned of lab.owned()) for (const change of lab.remove(owned)) await make(lab, change);
    lab.kernel.stop();
  });
});
