import { expect, test } from 'vitest';
import { bounded, TooLong } from '../src/bounded.ts';

const SLOW = 'a'.repeat(40) + 'b';

test('work gives its value or its error', () => {
  expect(bounded(10_000, () => [1])).toEqual([1]);
  const error = new Error('mine');
  expect(() =>
    bounded(10_000, () => {
      throw error;
    }),
  ).toThrow(error);
  expect(bounded(10_000, () => bounded(10_000, () => 2) + 1)).toBe(3);
});

test('work without end is ended, in loops as in regular expressions, and the next one goes on', () => {
  const begun = performance.now();
  expect(() =>
    bounded(20, () => {
      for (;;);
    }),
  ).toThrow(TooLong);
  expect(() => bounded(20, () => /^(a+)+$/.test(SLOW))).toThrow(TooLong);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(bounded(10_000, () => 1)).toBe(1);
});
