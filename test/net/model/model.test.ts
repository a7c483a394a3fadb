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

// Random walks of real kernels through states that collide with one another, by the tool itself. The ordinary test walks
// the same ways every time; NETWRIGHT_TORTURE=1 walks ten times as many, others at every run, and NETWRIGHT_SEED=N
// repeats those. A walk that fails then is made as short as may be, kept in corpus/, and walked again by every test.
const TORTURE = process.env.NETWRIGHT_TORTURE !== undefined;
const SEED = Number(process.env.NETWRIGHT_SEED ?? (TORTURE ? Date.now() % 1_000_000_000 : 20_261_126));
const WALKS = Number(process.env.NETWRIGHT_WALKS ?? (TORTURE ? 2000 : 200));
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
  ...fc.sample(way, { numRuns: WALKS, seed: SEED }).map((one, index) => ({ name: `${SEED}-${index}`, way: one })),
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
  `whatever way hosts have gone, they come to what is wanted, and back (seed ${SEED})`,
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
  console.log(`${written.length} walks, seed ${SEED}: ${tally.told()}`);
});
