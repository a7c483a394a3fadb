import { defineConfig } from 'vitest/config';

/** Tests that make things in the kernel or wait for shells; like those of test/net, but for one module each. */
const SLOW = ['test/connect.test.ts', 'test/apply/probe.test.ts', 'test/objects/**', 'test/tasks/kernel.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/net/**', ...SLOW],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'net',
          include: ['test/net/**/*.test.ts', ...SLOW.map((path) => path.replace(/\*\*$/, '**/*.test.ts'))],
          globalSetup: ['test/net/setup.ts'],
          // Real hosts take their time on a busy machine; a hang is still found.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
});
