import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { way } from './arbitrary.ts';
import { Pool } from './machines.ts';
import { shrunk } from './shrink.ts';
import type { Action } from './state.ts';
import { tally } from './tally.ts';
import { walk } from './walk.ts';

// Random walks of real kernels through states that collide with one another, by the tool itself. Among the ordinary tests
// they are the same every time; `npm run torture` takes ten times as many, others at every run, and looks harder.
// NETWRIGHT_SEED=N repeats those, NETWRIGHT_WALKS=N are so many of each seed. A walk that fails there is made as short as
// may be and kept in corpus/, whose walks every test takes again.
const TORTURE = process.env.NETWRIGHT_TORTURE !== undefined;
const CHOSEN = TORTURE ? [Date.now() % 1_000_000_000] : [2, 20_261_126];
const SEEDS = process.env.NETWRIGHT_SEED === undefined ? CHOSEN : [Number(process.env.NETWRIGHT_SEED)];
const WALKS = Number(process.env.NETWRIGHT_WALKS ?? (TORTURE ? 2000 : 100));
/** At once: they wait for the kernel more than they work. */
const WORKERS = 8;
const CORPUS = process.env.NETWRIGHT_CORPUS ?? join(import.meta.dirname, 'corpus');

const pool = new Pool();
const failures: string[] = [];

interface Written {
  readonly name: string;
  readonly way: readonly Action[];
}

const written: Written[] = [
  ...readdirSync(CORPUS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, way: JSON.parse(readFileSync(join(CORPUS, name), 'utf8')) as Action[] })),
  ...SEEDS.flatMap((seed) =>
    fc.sample(way, { numRuns: WALKS, seed }).map((one, index) => ({ name: `${seed}-${index}`, way: one })),
  ),
];

const messageOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

async function tryOne({ name, way: one }: Written): Promise<void> {
  try {
    await walk(pool, one);
  } catch (error) {
    failures.push(`${name}: ${messageOf(error)}\n${JSON.stringify(one)}`);
    if (!TORTURE || name.endsWith('.json')) return;
    const shorter = await shrunk(one, error, (other) => walk(pool, other));
    writeFileSync(join(CORPUS, `${name}.json`), `${JSON.stringify(shorter)}\n`);
  }
}

test(
  `whatever way hosts have gone, they come to what is wanted, and back (seeds ${SEEDS.join(', ')})`,
  { timeout: 7_200_000 },
  async () => {
    const rest = [...written];
    const worker = async (): Promise<void> => {
      for (let next = rest.shift(); next !== undefined; next = rest.shift()) await tryOne(next);
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    expect(failures.join('\n\n')).toBe('');
  },
);

afterAll(() => {
  pool.end();
  console.log(`${written.length} walks, seeds ${SEEDS.join(', ')}: ${tally.told()}`);
});
