import { describe, expect, test } from 'vitest';
import { splitter } from '../../src/connect/frame.ts';

const NONCE = '0123456789abcdef0123456789abcdef';

function cut(stream: Buffer, sizes: readonly number[]): unknown[] {
  const seen: unknown[] = [];
  const push = splitter(NONCE, {
    text: (bytes) => {
      const before = seen.at(-1);
      if (Buffer.isBuffer(before)) seen[seen.length - 1] = Buffer.concat([before, bytes]);
      else seen.push(Buffer.from(bytes));
    },
    mark: (rest) => seen.push(rest),
  });
  let at = 0;
  for (const size of sizes) push(stream.subarray(at, (at += size)));
  push(stream.subarray(at));
  return seen;
}

describe('cutting a stream at its marks', () => {
  const stream = Buffer.from(`\nbefore\n\n${NONCE} a\n\n\n0123\n${NONCE} b c\n${NONCE}\n${NONCE}!end 1 0\nafter`);
  const whole = cut(stream, []);

  test('takes only the newline that the mark printed itself', () => {
    expect(whole).toEqual([
      Buffer.from('\nbefore\n'),
      ' a',
      Buffer.from('\n\n0123'),
      ' b c',
      Buffer.from(NONCE),
      '!end 1 0',
      Buffer.from('after'),
    ]);
  });

  test('gives the same wherever the stream is broken in two', () => {
    for (let at = 0; at <= stream.length; at++) expect(cut(stream, [at])).toEqual(whole);
  });

  test('gives the same byte by byte', () => {
    expect(cut(stream, Array<number>(stream.length).fill(1))).toEqual(whole);
  });

  test('holds back no text that cannot become a mark', () => {
    const texts: string[] = [];
    const push = splitter(NONCE, { text: (bytes) => texts.push(bytes.toString()), mark: (rest) => texts.push(rest) });
    push(Buffer.from('a line\nand another'));
    push(Buffer.from(`\n${NONCE.slice(0, 5)}x`));
    expect(texts).toEqual(['a line\nand another', `\n${NONCE.slice(0, 5)}x`]);
  });
});
