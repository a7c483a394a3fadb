import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/object.ts';
import type { Lab } from './lab.ts';
import { situations } from './situations.ts';
import { snapshot } from './snapshot.ts';
import { walk } from './steps.ts';

/** Makes a change and takes it back; the second time, when it is planned again, it stays. */
function thereAndBack(): (lab: Lab, change: Change) => Promise<void> {
  let undone = '';
  return async (lab, { what, why, commands, undo }) => {
    const name = `${what}: ${why}`;
    if (!undo || name === undone) {
      undone = '';
      lab.run(commands);
      return;
    }
    const before = snapshot(lab.kernel);
    lab.run(commands);
    lab.run(undo);
    // A namespace is taken apart a little after the command has returned.
    for (let tries = 0; tries < 20 && snapshot(lab.kernel) !== before; tries++) await setTimeout(50);
    expect(snapshot(lab.kernel), name).toBe(before);
    undone = name;
  };
}

describe('what can be undone leaves not a byte behind', () => {
  test.each(situations)('$name', async (situation) => {
    await walk(situation, thereAndBack());
  });
});
