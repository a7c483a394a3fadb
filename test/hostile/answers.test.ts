import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatProblem, NetwrightError } from '../../src/error.ts';
import { parseFacts, type Section, type World } from '../../src/gather.ts';
import { Random } from './random.ts';
import { changed, HOSTILE } from './spoilt.ts';

const SEED = Number(process.env.NETWRIGHT_SEED ?? 1);
const TIMES = Number(process.env.NETWRIGHT_FUZZ ?? 1);

/** What hosts really printed, by section. */
const replies = readdirSync('test/facts', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yml'))
  .map((path) => (parse(readFileSync(`test/facts/${path}`, 'utf8')) as { reply: Record<string, string> }).reply)
  .filter((reply) => Object.keys(reply).length > 0);

function spoilt(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at]!;
  try {
    if (!random.chance(4)) return lines.with(at, JSON.stringify(changed(JSON.parse(line), random))).join('\n');
  } catch {
    // No JSON: its words are changed.
  }
  const words = line.split(' ');
  const spoiltLine = random.chance(2)
    ? words.with(random.below(words.length), String(random.pick(HOSTILE))).join(' ')
    : line.slice(0, random.below(line.length + 1)) + (random.chance(3) ? String(random.pick(HOSTILE)) : '');
  return lines.with(at, spoiltLine).join('\n');
}

function spoiltReply(random: Random): Section[] {
  const sections = Object.entries(random.pick(replies)).map(([name, text]) => ({ name, text }));
  const at = random.below(sections.length);
  const one = sections[at]!;
  const [fact] = one.name.split(' ');
  const renamed = random.pick([`${fact} ${String(random.pick(HOSTILE))}`, String(random.pick(HOSTILE)), `${fact}`]);
  const text = spoilt(one.text, random);
  return [...sections.with(at, { name: random.chance(5) ? renamed : one.name, text }), { name: 'end', text: '' }];
}

test('whatever 8,000 hosts answer is read or refused, and reaches neither our objects nor the terminal', () => {
  const seen = { read: 0, refused: 0 };
  for (let index = 0; index < 8000 * TIMES; index++) {
    const seed = SEED * 1_000_003 + index;
    const sections = spoiltReply(new Random(seed));
    let world: World | undefined;
    try {
      world = parseFacts('h1', sections);
      seen.read++;
    } catch (error) {
      if (!(error instanceof NetwrightError)) throw new Error(`seed ${seed}`, { cause: error });
      expect(error.problems.map(formatProblem).join(''), `seed ${seed}`).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
      );
      seen.refused++;
    }
    // Names of a host's are keys, and nothing but keys.
    const maps =
      world === undefined ? [] : [world.nets, world.namespaces, world.files, world.floods, world.sysctls, world.nft];
    for (const map of maps) expect(Object.getPrototypeOf(map), `seed ${seed}`).toBe(null);
    expect(({} as Record<string, unknown>).polluted, `seed ${seed}`).toBe(undefined);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  console.log(`${seen.read} read, ${seen.refused} refused`);
  expect(seen.read).toBeGreaterThan(1000);
  expect(seen.refused).toBeGreaterThan(1000);
}, 300_000);
