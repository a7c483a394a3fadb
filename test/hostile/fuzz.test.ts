import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { playKeywords, taskKeywords } from '../../src/playbook/keywords.ts';
import { kinds } from '../../tasks/index.ts';
import { take } from './load.ts';
import { Random } from './random.ts';
import { valueOf } from './schema-values.ts';

// A seed of one's own, and more of it: NETWRIGHT_SEED=7 NETWRIGHT_FUZZ=10 npx vitest run test/hostile/fuzz.test.ts
const SEED = Number(process.env.NETWRIGHT_SEED ?? 1);
const TIMES = Number(process.env.NETWRIGHT_FUZZ ?? 1);

/** Seconds of our own processor time, however busy the machine is. */
const LONGEST = 2;

/** Whatever the text is, it is taken or refused, in time, and what it does to one playbook it does to no other. */
function fuzz(count: number, textOf: (random: Random) => string): { taken: number; codes: Map<string, number> } {
  const codes = new Map<string, number>();
  let taken = 0;
  for (let index = 0; index < count * TIMES; index++) {
    const seed = SEED * 1_000_003 + index;
    const text = textOf(new Random(seed));
    const before = process.cpuUsage();
    try {
      const { problems } = take(text);
      if (problems.length === 0) taken++;
      for (const { code } of problems) codes.set(code, (codes.get(code) ?? 0) + 1);
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause: error });
    }
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1e6 > LONGEST)
      throw new Error(`seed ${seed}: ${user + system} µs for ${JSON.stringify(text)}`);
  }
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
  expect(Object.keys(Object.prototype)).toEqual([]);
  return { taken, codes };
}

const told = ({ taken, codes }: ReturnType<typeof fuzz>): string =>
  `${taken} taken; ${[...codes]
    .toSorted(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ')}`;

describe('50,000 texts of bytes', () => {
  const folder = join(import.meta.dirname, '../../playbooks');
  const real = readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => readFileSync(join(folder, name)));
  const words = [
    ...[
      '- ',
      'hosts: all',
      'tasks:',
      'bridge:',
      'name: nw0',
      '{',
      '}',
      '[',
      ']',
      ': ',
      ', ',
      '"',
      "'",
      '|\n',
      '>-\n',
      '#',
      '&a ',
      '*a',
    ],
    ...[
      '\n',
      '\n  ',
      '\n    ',
      '\t',
      '!!str ',
      '!vault |\n',
      '<<: ',
      '? ',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '{{ a }}',
      '{% if a %}',
    ],
    ...['\u2028', '\r\n', '0x1f', '1e99', '~', 'null', '- - - - ', '__proto__: ', '10.1.0.0/24'],
  ];

  const bytes = (random: Random): string =>
    Buffer.from(
      Array.from({ length: random.below(120) }, () => (random.chance(40) ? random.below(256) : 32 + random.below(95))),
    ).toString('utf8');
  const bad = ['\u0000', '\ufeff', '\u0085', '\u202e', '\r'];
  const soup = (random: Random): string =>
    Array.from({ length: random.below(24) }, () => random.pick(random.chance(200) ? bad : words)).join('');

  /** A real playbook, with some of its bytes changed, taken out or put in twice. */
  const spoilt = (random: Random): string => {
    let text = Buffer.from(random.pick(real));
    // Short enough for so many.
    if (text.length > 500) text = text.subarray(0, 100 + random.below(400));
    for (let times = 1 + random.below(4); times > 0; times--) {
      const at = random.below(text.length + 1);
      const end = Math.min(text.length, at + random.below(12));
      const middle = random.pick([
        Buffer.alloc(0),
        Buffer.from([random.below(256)]),
        Buffer.from(random.pick(words)),
        Buffer.concat([text.subarray(at, end), text.subarray(at, end)]),
      ]);
      text = Buffer.concat([text.subarray(0, at), middle, text.subarray(end)]);
    }
    return text.toString('utf8');
  };

  test.each<[string, number, (random: Random) => string]>([
    ['of any sort', 15_000, bytes],
    ['that YAML knows', 15_000, soup],
    ['of real playbooks, spoilt', 20_000, spoilt],
  ])(
    '%s',
    (_, count, textOf) => {
      console.log(told(fuzz(count, textOf)));
    },
    900_000,
  );
});

describe('10,000 playbooks made from the schemas', () => {
  const keyword = (words: typeof taskKeywords, random: Random): [string, unknown][] => {
    const [name, { schema }] = random.pick([...words]);
    return [[name, valueOf(schema, random)]];
  };
  const task = (random: Random): unknown => {
    const kind = random.pick(kinds);
    return Object.fromEntries([
      ...(random.chance(4) ? keyword(taskKeywords, random) : []),
      [kind.kind, valueOf(kind.schema, random)],
    ]);
  };
  const playbook = (random: Random): string => {
    const play = {
      hosts: random.chance(30) ? valueOf({}, random) : 'localhost',
      ...Object.fromEntries(random.chance(5) ? keyword(playKeywords, random) : []),
      tasks: Array.from({ length: 1 + random.below(3) }, () => task(random)),
    };
    return JSON.stringify([play]);
  };

  test('are taken or refused, and enough are taken', () => {
    const seen = fuzz(10_000, playbook);
    console.log(told(seen));
    expect(seen.taken).toBeGreaterThan(500 * TIMES);
  }, 900_000);
});
