import { expect, test } from 'vitest';
import { lineReporter } from '../../src/report.ts';

test('a play of more tasks and hosts than a call takes arguments is told in columns', () => {
  const lines: string[] = [];
  const tell = lineReporter((text) => lines.push(text), { colour: false, verbose: 0, diff: false });
  const many = (name: string): string[] => Array.from({ length: 300_000 }, (_, index) => `${name}${index}`);
  tell({ type: 'play', lab: 'large', name: '', hosts: many('h'), titles: many('debug ') });
  tell({ type: 'task', host: 'h1', title: 'debug 1', sign: '=', status: 'ok', detail: 'done' });
  expect(lines).toEqual(['PLAY large · 300000 hosts\n', '  h1       = debug 1       done\n']);
});
