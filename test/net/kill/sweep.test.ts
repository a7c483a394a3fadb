import { afterAll, describe, expect, test } from 'vitest';
import { objectTypes } from '../../../src/objects/index.ts';
import { isDeclarative } from '../../../src/task.ts';
import { kinds } from '../../../tasks/index.ts';
import { Kernel } from '../../objects/kernel.ts';
import { PHASES } from './failpoints.ts';
import { typeIn } from './labels.ts';
import { Sweep, tryPoint, type Point } from './points.ts';
import { transitionsOf } from './transitions.ts';

// Every kind's cases, on a kernel, with something happening at each step that changes something: see failpoints.sh for
// what, and points.ts for what has to come of it. Things of others with names like ours are part of every comparison.
//
// NETWRIGHT_TORTURE=1 takes every point of every transition. The ordinary test takes each sort of step once in every
// phase, and every so many of the rest.
const TORTURE = process.env.NETWRIGHT_TORTURE !== undefined;
const STRIDE = Number(process.env.NETWRIGHT_STRIDE ?? (TORTURE ? 1 : 200));
/** Fewer than this are no sweep. */
const LEAST = { points: TORTURE ? 6000 : 600, transitions: 100 };
/** At once; two cores wait a lot. */
const WORKERS = 4;

/** What only an engine has, or only a kernel with more in it: test/net/docker.test.ts and test/net/uml.test.ts are there. */
const ENGINE = ['attach', 'docker_network', 'docker_daemon'];
const OF_ENGINE = [
  'engine_daemon',
  'engine_network',
  'engine_container',
  'engine_endpoint',
  'engine_hosts',
  'sandbox',
  'loopback_guard',
];
/** Needs a DHCP server; see test/net/dhcp.test.ts. */
const OF_A_SERVER = ['lease'];
/** Only looks whether it may be. */
const UNCHANGING = ['host_port'];
/** By the capability that the kernel lacks. */
const OF_CAPABILITY = { vlan: ['vlan'], ipvlan: ['ipvlan'], dummy: ['dummy'] } as const;
const TYPES_OF_CAPABILITY = { vlan: ['vlan'], vlan_filtering: ['port_vlans'] } as const;

const declarative = kinds.filter(isDeclarative).map(({ kind }) => kind);
const sweep = new Sweep(STRIDE);
const swept = { points: 0, kinds: new Map<string, number>(), byPhase: new Map<string, number>() };

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

describe('a run that is killed at any step is made whole by one more, or leaves nothing when destroyed', () => {
  test.each(declarative)('%s', { timeout: 3_600_000 }, async (kind) => {
    const failures: string[] = [];
    const tried = async (name: string, work: () => Promise<void>): Promise<void> => {
      await work().catch((error: unknown) => void failures.push(`${name}: ${String(error)}`));
    };
    const points: Point[] = [];
    let before: Promise<unknown> = Promise.resolve();
    await inParallel(transitionsOf(kind), async (transition) => {
      const earlier = before;
      let chose = (): void => undefined;
      before = new Promise<void>((resolve) => {
        chose = resolve;
      });
      await tried(transition.name, async () => {
        const some = await sweep.pointsOf(transition, earlier, chose);
        if (!some) return;
        swept.kinds.set(kind, (swept.kinds.get(kind) ?? 0) + 1);
        points.push(...some);
      });
      chose();
    });
    await inParallel(points, (point) => tried(point.course.transition.name, () => tryPoint(point)));
    swept.points += points.length;
    for (const { phase } of points) swept.byPhase.set(phase, (swept.byPhase.get(phase) ?? 0) + 1);
    console.log(`${kind}: ${points.length} kill points in ${swept.kinds.get(kind) ?? 0} transitions`);
    expect(failures).toEqual([]);
  });
});

async function lacking(): Promise<readonly string[]> {
  const names = ['vlan', 'ipvlan', 'dummy', 'vlan_filtering'] as const;
  const kernel = await Kernel.start();
  const { capabilities } = await kernel.gather(names.map((name) => ({ fact: 'capability', name })));
  kernel.stop();
  return names.filter((name) => capabilities[name] === false);
}

const expected = (of: Readonly<Record<string, readonly string[]>>, lacks: readonly string[]): string[] =>
  Object.entries(of).flatMap(([name, some]) => (lacks.includes(name) ? some : []));

describe('what is not swept is known, and why', () => {
  test('kinds of an engine, and what this kernel has not', async () => {
    const lacks = await lacking();
    const unswept = declarative.filter((kind) => !swept.kinds.has(kind));
    console.log(`not swept: of an engine ${ENGINE.join(', ')}; this kernel has no ${lacks.join(', ')}`);
    expect(unswept.toSorted()).toEqual([...ENGINE, ...expected(OF_CAPABILITY, lacks)].sort());
  });

  test('types of objects likewise', async () => {
    const seen = new Set([...sweep.sorts].flatMap((sort) => sort.replace(/^\w+ /, '').split(/: |, /)).map(typeIn));
    const unseen = objectTypes.map(({ type }) => type).filter((type) => !seen.has(type));
    expect(unseen.toSorted()).toEqual(
      [...OF_ENGINE, ...OF_A_SERVER, ...UNCHANGING, ...expected(TYPES_OF_CAPABILITY, await lacking())].sort(),
    );
  });

  test('and it is no small part', () => {
    const transitions = [...swept.kinds.values()].reduce((sum, count) => sum + count, 0);
    expect(swept.points).toBeGreaterThanOrEqual(LEAST.points);
    expect(transitions).toBeGreaterThanOrEqual(LEAST.transitions);
    for (const phase of PHASES) expect(swept.byPhase.get(phase), phase).toBeGreaterThanOrEqual(5);
  });
});

afterAll(() => {
  const phases = [...swept.byPhase].map(([phase, count]) => `${phase} ${count}`).join(', ');
  console.log(`${swept.points} kill points (${phases}); ${sweep.sorts.size} sorts`);
});
