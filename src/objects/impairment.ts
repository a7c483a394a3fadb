import type { Command, Scope } from '../command.ts';
import { findLink, type Qdisc, type World } from '../facts/world.ts';
import type { Change, ObjectType, Verdict, Wanted } from '../object.ts';
import { inScope, refuse } from '../object.ts';
import { lacking } from './capability.ts';

/** Times in microseconds, shares in percent. */
export interface Netem {
  readonly delay?: number | undefined;
  readonly jitter?: number | undefined;
  readonly loss?: number | undefined;
  readonly duplicate?: number | undefined;
  readonly corrupt?: number | undefined;
  readonly reorder?: number | undefined;
}

/** Bits per second, bytes, microseconds. */
export interface Tbf {
  readonly rate: number;
  readonly burst: number;
  readonly latency: number;
}

interface Impairment {
  readonly dev: string;
  readonly netem?: Netem | undefined;
  readonly tbf?: Tbf | undefined;
}

/** What becomes of packets that leave by an interface: delayed and lost (netem), held to a rate (tbf), or both. */
export const impairment = (scope: Scope, data: Impairment): Wanted<Impairment> => ({ type: 'impairment', scope, data });

/** The mark of ours: nobody else would number a queueing discipline so. */
const NETEM = '7801:';
const TBF = '7802:';

const key = (scope: Scope, { dev }: Impairment): string => `${scope} ${dev}`;

const tc = (scope: Scope, verb: 'add' | 'del', dev: string, ...words: string[]): Command => ({
  do: 'run',
  scope,
  argv: ['tc', 'qdisc', verb, 'dev', dev, ...words],
});

const netemWords = ({ delay, jitter, ...shares }: Netem): string[] => [
  ...(delay === undefined ? [] : ['delay', `${delay}us`, ...(jitter === undefined ? [] : [`${jitter}us`])]),
  ...(['loss', 'duplicate', 'corrupt', 'reorder'] as const).flatMap((name) => {
    const share = shares[name];
    return share === undefined ? [] : [name, `${share}%`];
  }),
];

const tbfWords = ({ rate, burst, latency }: Tbf): string[] => [
  ...['rate', `${rate}bit`, 'burst', `${burst}b`, 'latency', `${latency}us`],
];

const add = (scope: Scope, { dev, netem, tbf }: Impairment): Command[] => [
  ...(netem ? [tc(scope, 'add', dev, 'root', 'handle', NETEM, 'netem', ...netemWords(netem))] : []),
  // The order of tc-netem(8): packets are delayed first, and held to the rate then.
  ...(tbf ? [tc(scope, 'add', dev, ...place(netem), 'handle', TBF, 'tbf', ...tbfWords(tbf))] : []),
];

const place = (netem: Netem | undefined): string[] => (netem ? ['parent', `${NETEM}1`] : ['root']);

/** As `tc -j` shows them. */
const facts = ({ netem, tbf }: Impairment): Qdisc[] => [
  ...(netem ? [{ kind: 'netem', handle: NETEM, options: netemFacts(netem) }] : []),
  ...(tbf
    ? [
        {
          kind: 'tbf',
          handle: TBF,
          ...(netem ? { parent: `${NETEM}1` } : {}),
          options: { rate: tbf.rate / 8, burst: tbf.burst, lat: tbf.latency },
        },
      ]
    : []),
];

const netemFacts = ({ delay, jitter, loss, duplicate, corrupt, reorder }: Netem): Record<string, unknown> => ({
  ...(delay === undefined ? {} : { delay: { delay: delay / 1e6, jitter: (jitter ?? 0) / 1e6 } }),
  ...(loss === undefined ? {} : { 'loss-random': { loss: loss / 100 } }),
  ...(duplicate === undefined ? {} : { duplicate: { duplicate: duplicate / 100 } }),
  ...(corrupt === undefined ? {} : { corrupt: { corrupt: corrupt / 100 } }),
  ...(reorder === undefined ? {} : { reorder: { reorder: reorder / 100 } }),
});

const NETEM_PARTS = ['delay', 'loss-random', 'duplicate', 'corrupt', 'reorder'];

/** The kernel counts time in ticks and shares in 32 bits, so what comes back is near what was said. */
function near(want: unknown, have: unknown): boolean {
  if (typeof want === 'number') return typeof have === 'number' && Math.abs(want - have) <= Math.abs(want) / 50 + 1e-9;
  if (typeof want !== 'object' || want === null) return want === have;
  return (
    typeof have === 'object' &&
    have !== null &&
    Object.entries(want).every(([name, value]) => near(value, (have as Record<string, unknown>)[name]))
  );
}

function isSame(want: readonly Qdisc[], have: readonly Qdisc[]): boolean {
  return (
    want.length === have.length &&
    want.every((one, index) => {
      const other = have[index]!;
      const parts = NETEM_PARTS.every((name) => name in one.options === name in other.options);
      return one.handle === other.handle && one.kind === other.kind && parts && near(one.options, other.options);
    })
  );
}

/** What somebody put there; the kernel's own, whatever it is, comes back by itself. */
const set = (world: World, scope: Scope, data: Impairment): Qdisc[] =>
  (world.qdiscs[key(scope, data)] ?? []).filter(({ handle }) => handle !== '0:');

const isOurs = (qdiscs: readonly Qdisc[]): boolean => [NETEM, TBF].includes(qdiscs[0]?.handle ?? '');

export function describeImpairment({ netem, tbf }: Pick<Impairment, 'netem' | 'tbf'>): string {
  const words = [...(netem ? netemWords(netem) : []), ...(tbf ? ['rate', `${tbf.rate}bit`] : [])];
  return words.map(readable).join(' ');
}

/** `10000000bit` is `10mbit`, and `40000us` `40ms`. */
const readable = (word: string): string =>
  word
    .replace(/^(\d+)000000000bit$/, '$1gbit')
    .replace(/^(\d+)000000bit$/, '$1mbit')
    .replace(/^(\d+)000bit$/, '$1kbit')
    .replace(/^(\d+)000us$/, '$1ms');

const clear = (scope: Scope, { dev }: Impairment): Command => tc(scope, 'del', dev, 'root');

function change(scope: Scope, data: Impairment, found: readonly Qdisc[], before?: Impairment): Change {
  const drop = found.length > 0 ? [clear(scope, data)] : [];
  return {
    verb: found.length > 0 ? '~' : '+',
    what: data.dev,
    why: `${found.length > 0 ? 'impaired otherwise; now ' : ''}${describeImpairment(data)}`,
    commands: [...drop, ...add(scope, data)],
    // What somebody made of ours meanwhile cannot be written again exactly.
    undo: [clear(scope, data), ...(before && isSame(facts(before), found) ? add(scope, before) : [])],
    effect: (world) => {
      world.qdiscs[key(scope, data)] = facts(data);
    },
  };
}

export const impairmentType: ObjectType<Impairment> = {
  type: 'impairment',
  volatile: true,
  shared: false,
  id: ({ dev }) => dev,
  reads: ({ scope, data: { dev, netem, tbf } }) => [
    { fact: 'net', scope },
    { fact: 'qdisc', scope, dev },
    { fact: 'tool', name: 'tc' },
    ...(netem ? [{ fact: 'capability', name: 'netem' } as const] : []),
    ...(tbf ? [{ fact: 'capability', name: 'tbf' } as const] : []),
  ],
  diff({ scope, data }, { world, entry }): Verdict {
    if (world.missing.includes('tc')) {
      return refuse('MISSING_TOOL', `impair needs tc, which is not on this host`, 'install iproute2 (or iproute-tc)');
    }
    if (!findLink(world, scope, data.dev)) {
      return refuse('MISSING_LINK', `there is no interface ${data.dev}${inScope(scope) || ' on this host'}`);
    }
    const lack = (data.netem && lacking(world, 'netem', 'netem')) ?? (data.tbf && lacking(world, 'tbf', 'tbf'));
    if (lack) return lack;
    const found = set(world, scope, data);
    if (found.length === 0) return [change(scope, data, found)];
    if (!isOurs(found) || entry === undefined) {
      return refuse(
        'FOREIGN_OBJECT',
        `${data.dev}${inScope(scope)} has a queueing discipline ${found[0]!.kind} ${found[0]!.handle} that is not ours`,
        'remove it by hand (tc qdisc del dev … root)',
      );
    }
    return isSame(facts(data), found) ? [] : [change(scope, data, found, entry.data as Impairment)];
  },
  before: () => ({}),
  remove({ scope, data }, { world }) {
    if (!isOurs(set(world, scope, data))) return [];
    return [
      {
        verb: '-',
        what: data.dev,
        why: 'no longer impaired',
        commands: [clear(scope, data)],
        undo: add(scope, data),
        effect: (after) => {
          delete after.qdiscs[key(scope, data)];
        },
      },
    ];
  },
};
