import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { situations } from './situations.ts';
import { walk, type Make } from './steps.ts';
import { viewOf } from './view.ts';

/** Makes a change for real, and looks whether the kernel did what the planner thinks it does. */
const make: Make = async (lab, change, world) => {
  const predicted = structuredClone(world);
  change.effect(predicted);
  await lab.run(change.commands);
  for (let tries = 0; ; tries++) {
    const found = await lab.gather();
    const [seen, expected] = [viewOf(found, predicted), viewOf(predicted, found)];
    if (isDeepStrictEqual(seen, expected)) return;
    if (tries === 20) expect(seen, `${change.what}: ${change.why}`).toEqual(expected);
    // A namespace is taken apart a little after the command has returned.
    await setTimeout(20);
  }
};

describe.concurrent('the kernel does what the planner thinks it does, and then there is nothing left to do', () => {
  for (const situation of situations) test(situation.name, () => walk(situation, make));
});
