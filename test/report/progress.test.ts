import { expect, test } from 'vitest';
import { progressLines, type Doing } from '../../src/report.ts';

const at = (host: string, since: number, line?: string): Doing => ({
  host,
  what: 'looking at the host',
  since,
  ...(line === undefined ? {} : { line }),
});

test('what is quick gets no line, and the longest comes first', () => {
  const lines = progressLines([at('quick', 9700), at('h1', 8000), at('h22', 5000, 'half way')], 10_000, 80);
  expect(lines).toEqual(['  h22  … looking at the host   5.0 s  half way', '  h1   … looking at the host   2.0 s']);
});

test('many hosts share the last line', () => {
  const all = Array.from({ length: 50 }, (_, index) => at(`h${index}`, index));
  const lines = progressLines(all, 10_000, 80);
  expect(lines).toHaveLength(8);
  expect(lines.at(-1)).toBe('  … and 43 more hosts');
});

test('no line is wider than the terminal, and nothing that a host printed moves its cursor', () => {
  const [line] = progressLines([at('h1', 0, `\u001b[2J${'x'.repeat(200)}`)], 10_000, 60);
  expect(line).toHaveLength(59);
  expect(line).toContain('\\x1b[2J');
});
