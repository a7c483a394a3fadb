import { describe, test } from 'vitest';
import { situations, type Step } from './situations.ts';
import { expectSnapshot, snapshot } from './snapshot.ts';
import { walk } from './steps.ts';

/** Nobody else changes anything after we have begun. */
const undisturbed = ({ steps }: { readonly steps: readonly Step[] }): boolean =>
  steps.slice(steps.findIndex((step) => !('sh' in step))).every((step) => !('sh' in step));

describe.concurrent('when all is removed the host is as it was found', () => {
  for (const situation of situations.filter(undisturbed)) {
    test(situation.name, async () => {
      let before = '';
      await walk(situation, (lab, { commands }) => lab.run(commands), {
        first: async ({ kernel }) => {
          before = await snapshot(kernel);
        },
        last: async ({ kernel }) => {
          await expectSnapshot(kernel, before);
        },
      });
    });
  }
});
