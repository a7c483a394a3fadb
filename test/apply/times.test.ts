import { expect, test } from 'vitest';
import { readTimes } from '../../src/task/times.ts';
import { perform } from './perform.ts';
import { onEveryShell } from './shells.ts';

test.each([
  ['1764145002 999000001 2026-11-26 08:16:42 / 1764145004 000000000 2026-11-26 08:16:44', '0:00:01.001000'],
  ['1764145002 000000000 2026-11-26 08:16:42 / 1764145002 004359999 2026-11-26 08:16:42', '0:00:00.004359'],
  ['1764145002 %N 2026-11-26 08:16:42 / 1764148663 %N 2026-11-26 09:17:43', '1:01:01'],
  ['1764145002 %N 2026-11-26 08:16:42 / 1764231402 %N 2026-11-27 08:16:42', '1 day, 0:00:00'],
  ['1764145002 %N 2026-11-26 08:16:42 / 1764317803 500000000 2026-11-28 08:16:43', '2 days, 0:00:01.500000'],
  // The clock of the host was set back meanwhile.
  ['1764145002 %N 2026-11-26 08:16:42 / 1764145001 %N 2026-11-26 08:16:41', '0:00:00'],
])('%s is %s', (text, delta) => {
  expect(readTimes(text)?.delta).toBe(delta);
});

test('the times themselves are those of the host, as Python writes them', () => {
  const text = '1764145002 004359999 2026-11-26 08:16:42 / 1764145004 000000000 2026-11-26 08:16:44';
  expect(readTimes(text)).toMatchObject({ start: '2026-11-26 08:16:42.004359', end: '2026-11-26 08:16:44' });
});

test.each(['', ' / ', '1 2 / 3 4', '1764145002 1 2026-11-26 08:16:42 / ', '{{ x }} 1 y / 1 2 3'])(
  'nothing is made of %j',
  (text) => {
    expect(readTimes(text)).toBeUndefined();
  },
);

onEveryShell('a program that is timed', (kernel) => {
  const run = async (script: string, timed: boolean) =>
    (
      await perform(kernel(), [], {
        last: [{ do: 'run', scope: '', argv: ['sh', '-c', script], ...(timed ? { timed } : {}) }],
      })
    ).outcomes[0]!;

  test('tells when it began and ended, and all else as ever', async () => {
    const { times, ...rest } = await run('sleep 1; echo out; echo err >&2; exit 3', true);
    expect(rest).toMatchObject({ rc: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(times!.start < times!.end, JSON.stringify(times)).toBe(true);
    expect(times!.delta).toMatch(/^\d:\d\d:\d\d(\.\d{6})?$/);
    expect(await run('echo out', false)).not.toHaveProperty('times');
  });
});
