import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { situations, type Situation } from './situations.ts';
import { expectSnapshot, snapshot } from './snapshot.ts';
import { PATIENCE_MS, walk, type Make } from './steps.ts';
import { viewOf } from './view.ts';

/** Makes a change for real, and looks whether the kernel did what the planner thinks it does. */
const make: Make = async (lab, change, world) => {
  const predicted = structuredClone(world);
  change.effect(predicted);
  await lab.run(change.commands);
  for (let tries = 0; ; tries++) {
    const found = await lab.gather();
    // What was read has no prototype, what was cloned has one.
    const [seen, expected] = [viewOf(found, predicted), viewOf(predicted, found)].map((view) => structuredClone(view));
    if (isDeepStrictEqual(seen, expected)) return;
    if (tries === 20) expect(seen, `${change.what}: ${change.why}`).toEqual(expected);
    // A namespace is taken apart a little after the command has returned.
    await setTimeout(50 + 20 * tries);
  }
};

/** Nobody else changes anything after we have begun. */
const undisturbed = ({ steps }: Situation): boolean =>
  steps.slice(steps.findIndex((step) => !('sh' in step))).every((step) => !('sh' in step));

describe.concurrent(
  'the kernel does what the planner thinks, and when all is removed the host is as it was found',
  () => {
    for (const situation of situations) {
      test(situation.name, { timeout: PATIENCE_MS }, async () => {
        let before = '';
        await walk(situation, make, {
          first: async ({ kernel }) => {
            before = await snapshot(kernel);
          },
          last: async ({ kernel }) => {
            if (undisturbed(situation)) await expectSnapshot(kernel, before);
          },
        });
      });
    }
  },
);
