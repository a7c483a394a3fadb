import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ModelHost } from './host.ts';
import type { Seen } from './reader.ts';
import { actions, type Action } from './state.ts';

// Random walks of a real kernel through states that collide with one another. The ordinary test walks the same ways
// every time; NETWRIGHT_TORTURE=1 walks ten times as many, others at every run, and NETWRIGHT_SEED=N repeats those. A walk that
// fails is kept in corpus/, and walked again by every test from then on.
const TORTURE = process.env.NETWRIGHT_TORTURE !== undefined;
const SEED = Number(process.env.NETWRIGHT_SEED ?? (TORTURE ? Date.now() % 1_000_000_000 : 20_261_125));
const WALKS = TORTURE ? 2000 : Number(process.env.NETWRIGHT_WALKS ?? 200);
const WORKERS = 4;
const CORPUS = join(import.meta.dirname, 'corpus');

/** Without what depends on which addresses were free: their own, and what is derived from them. */
function shapeOf({ host, namespaces, rpFilter, tables }: Seen): unknown {
  const net = ({ links, routes, programs, forwards }: Seen['host']) => ({
    links: [...links.values()]
      .map(({ ifname, mtu, flags, master, ifalias, addr_info }) => ({
        ...{ ifname, mtu, master, ifalias },
        up: flags.includes('UP'),
        addresses: addr_info
          .filter(({ scope }) => scope === 'global')
          .map(({ local }) => local.replace(/[.:][0-9a-f]+$/, ''))
          .sort(),
      }))
      .sort((a, b) => (a.ifname < b.ifname ? -1 : 1)),
    routes: routes.map(({ type, dst, gateway, dev }) => [type, dst, gateway, dev].join(' ')).sort(),
    ...{ programs, forwards },
  });
  return { host: net(host), namespaces: [...namespaces].map(([name, one]) => [name, net(one)]), rpFilter, tables };
}

async function on<T>(walk: (host: ModelHost) => Promise<T>): Promise<T> {
  const host = await ModelHost.start();
  try {
    return await walk(host);
  } finally {
    host.end();
  }
}

const walked = { ways: 0, actions: new Map<string, number>() };

/** Takes the way, comes to a last state, compares it with a host that went straight there, and destroys it. */
async function walk(way: readonly Action[]): Promise<void> {
  const last = way.findLast((action) => action.do === 'apply' || action.do === 'crash');
  await on(async (host) => {
    for (const action of way) {
      await host.take(action);
      walked.actions.set(action.do, (walked.actions.get(action.do) ?? 0) + 1);
    }
    if (last) {
      await host.take({ do: 'apply', state: last.state });
      await host.take({ do: 'apply', state: last.state });
      const straight = await on(async (fresh) => {
        await fresh.take({ do: 'apply', state: last.state });
        return fresh.picture();
      });
      const theirs = way.some((action) => action.do === 'drift' && action.what.includes('somebody else'));
      if (!theirs) expect(shapeOf(await host.picture()), 'as if it had gone straight there').toEqual(shapeOf(straight));
    }
    await host.destroy();
    await host.destroy();
    walked.ways += 1;
  });
}

async function kept(way: readonly Action[]): Promise<void> {
  try {
    await walk(way);
  } catch (error) {
    if (!TORTURE) throw error;
    writeFileSync(join(CORPUS, `${SEED}.json`), `${JSON.stringify(way, undefined, 2)}\n`);
    throw error;
  }
}

describe.concurrent('whatever way a host has gone', () => {
  test.each(Array.from({ length: WORKERS }, (_, index) => SEED + index))(
    'it comes to what is wanted, and back (seed %i)',
    { timeout: 1_200_000 },
    async (seed) => {
      console.log(`${WALKS / WORKERS} walks, seed ${seed}`);
      await fc.assert(fc.asyncProperty(actions, kept), { seed, numRuns: WALKS / WORKERS, endOnFailure: !TORTURE });
    },
  );

  test.each(readdirSync(CORPUS).filter((name) => name.endsWith('.json')))('%s, which once failed', async (name) => {
    await walk(JSON.parse(readFileSync(join(CORPUS, name), 'utf8')) as Action[]);
  });
});

afterAll(() => {
  console.log(`${walked.ways} walks: ${[...walked.actions].map((one) => one.join(' ')).join(', ')}`);
  expect(walked.ways).toBeGreaterThanOrEqual(WALKS);
  for (const action of ['apply', 'crash', 'drift', 'destroy']) expect(walked.actions.get(action)).toBeGreaterThan(0);
});
