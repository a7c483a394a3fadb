import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that make things in the kernel, wait for shells or try very many texts; for one module each, unlike test/net. */
const SLOW = [
  ...[
    'test/connect.test.ts',
    'test/apply/probe.test.ts',
    'test/apply/lease.test.ts',
    'test/apply/transaction.test.ts',
    'test/run/lock.test.ts',
  ],
  ...['test/objects/**', 'test/tasks/kernel.test.ts', 'test/hostile/**', 'test/editor.test.ts'],
];

/**
 * Kills at every step, and random walks. Among the ordinary tests they take a part, the same every time; in full they take
 * hours, so that is `npm run torture`.
 */
const TORTURE = ['kill.test.ts', 'kill/**/*.test.ts', 'model/**/*.test.ts'];

/** Those that take minutes; begun last, one of them would run on alone. */
const LONGEST = [
  ...['net/kill/sweep', 'net/model/model', 'net/engines', 'hostile/canaries', 'net/ansible', 'net/kill.', 'net/seeded'],
  ...['tasks/kernel', 'net/confirm', 'net/fleet', 'net/playbooks', 'net/lockout', 'hostile/fuzz', 'net/overlay'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.includes(`test/${name}`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/net/**', ...SLOW],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // By itself it leaves one core of two unused.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'net',
          include: ['test/net/**/*.test.ts', ...SLOW.map((path) => path.replace(/\*\*$/, '**/*.test.ts'))],
          globalSetup: ['test/net/setup.ts'],
          // Real hosts take their time on a busy machine; a hang is still found.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: true,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'torture',
          include: TORTURE.map((path) => `test/net/${path}`),
          env: { NETWRIGHT_TORTURE: '1' },
          globalSetup: ['test/net/setup.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
