import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openScreen } from '../../src/cli/terminal.ts';

function screen(moving: boolean, live = false) {
  const written: string[] = [];
  const stream = { columns: 80, write: (text: string) => written.push(text) };
  return { ...openScreen(stream as unknown as NodeJS.WriteStream, moving, live), written, stream };
}

test('moving lines go away before a line is written, in the same write', async () => {
  const { watch, write, close, written } = screen(true);
  watch({ type: 'begin', host: 'h1', what: 'connecting' });
  await setTimeout(900);
  expect(written.at(-1)).toMatch(/ {2}h1 {2}… connecting +\d\.\d s\n$/);
  write('PLAY\n');
  expect(written.at(-1)).toMatch(/^\u001b\[1A\u001b\[0JPLAY\n {2}h1 {2}… connecting/);
  watch({ type: 'end', host: 'h1' });
  close();
  expect(written.at(-1)).toBe('\u001b[1A\u001b[0J');
  const count = written.length;
  await setTimeout(500);
  expect(written).toHaveLength(count);
});

test('a pipe gets lines only, and what programs print only when it was asked for', async () => {
  for (const live of [false, true]) {
    const { watch, write, close, profile, written } = screen(false, live);
    watch({ type: 'begin', host: 'h1', what: 'A long one' });
    watch({ type: 'output', host: 'h1', line: 'half\u001b[2J' });
    await setTimeout(500);
    watch({ type: 'end', host: 'h1' });
    write('done\n');
    close();
    expect(written).toEqual([...(live ? ['  h1  | half\\x1b[2J\n'] : []), 'done\n']);
    expect(profile()[1]).toMatch(/^ +0\.[5-9]\d {2}h1 {2}A long one$/);
  }
});

test('a window that was made narrower is cleared of every row that a line has become', async () => {
  const { watch, close, written, stream } = screen(true);
  watch({ type: 'begin', host: 'h1', what: 'x'.repeat(200) });
  await setTimeout(900);
  expect(written.at(-1)).toMatch(/^(?:\u001b\[1A\u001b\[0J)? {2}h1 .{74}\n$/);
  stream.columns = 30;
  close();
  expect(written.at(-1)).toBe('\u001b[3A\u001b[0J');
});
