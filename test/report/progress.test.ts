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

test('a long name leaves room for the time, and for what the program says', () => {
  const long: Doing = { host: 'h1.a.very.long.domain.example.net', what: 'x'.repeat(90), since: 0 };
  const [alone] = progressLines([long], 5000, 60);
  expect(alone).toMatch(/^ {2}h1\.a\.very\.long\.doma… {2}… x{24}… +5\.0 s$/);
  const [said] = progressLines([{ ...long, line: 'half way' }], 5000, 60);
  expect(said).toMatch(/ … x{11}… +5\.0 s {2}half way$/);
});

test('letters that take two columns are counted so', () => {
  const all = [at('日本', 0, '行'.repeat(80)), at('h1', 1)];
  const [wide, plain] = progressLines(all, 10_000, 40);
  expect(wide).toMatch(/^ {2}日本 {2}… looking a… +10\.0 s {2}行+…$/);
  expect(plain).toMatch(/^ {2}h1 {4}… looking a… +10\.0 s$/);
  expect(wide!.length).toBeLessThan(36);
});

test('a low window gets fewer lines than it has rows', () => {
  const all = Array.from({ length: 5 }, (_, index) => at(`h${index}`, index));
  expect(progressLines(all, 10_000, 80, 4)).toEqual([
    expect.stringContaining('h0'),
    expect.stringContaining('h1'),
    '  … and 3 more hosts',
  ]);
});
