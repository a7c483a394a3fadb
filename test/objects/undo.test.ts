import { describe, test } from 'vitest';
import { situations } from './situations.ts';
import { expectSnapshot, snapshot } from './snapshot.ts';
import { PATIENCE_MS, walk, type Make } from './steps.ts';

/** Makes a change and takes it back; the second time, when it is planned again, it stays. */
function thereAndBack(): Make {
  let undone = '';
  return async (lab, { what, why, commands, undo }) => {
    const same = JSON.stringify(commands);
    if (!undo || same === undone) {
      undone = '';
      await lab.run(commands);
      return;
    }
    const before = await snapshot(lab.kernel);
    await lab.run(commands);
    await lab.run(undo);
    undone = same;
    await expectSnapshot(lab.kernel, before, `${what}: ${why}`);
  };
}

describe.concurrent('what can be undone leaves not a byte behind', () => {
  for (const situation of situations) {
    test(situation.name, { timeout: PATIENCE_MS }, () => walk(situation, thereAndBack()));
  }
});
