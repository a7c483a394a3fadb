import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/object.ts';
import type { Lab } from './lab.ts';
import { situations } from './situations.ts';
import { walk } from './steps.ts';
import { viewOf } from './view.ts';

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

describe('the kernel does what the planner thinks it does, and then there is nothing left to do', () => {
  test.each(situations)('$name', async (situation) => {
    await walk(situation, make);
  });
});
