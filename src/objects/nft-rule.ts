import { isDeepStrictEqual } from 'node:util';
import { HOST, type Scope } from '../command.ts';
import type { NftChain, NftRule } from '../facts/nft.ts';
import { optionOf } from '../facts/capability.ts';
import { sysctlFact, type Family, type World } from '../facts/world.ts';
import type { Change, ObjectType, Verdict, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import {
  addChain,
  asItWas,
  commentOf,
  dropEmptyChain,
  hasTable,
  learnChain,
  ourChains,
  tableOf,
  type BaseChain,
  type Place,
} from './nft-table.ts';

export type { BaseChain } from './nft-table.ts';

interface Rule {
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge';
  readonly chain: BaseChain;
  /** Unique within the lab, e.g. `masquerade 172.30.0.0/16`; kept as the rule's comment. */
  readonly id: string;
  /** The rule's name in the plan. */
  readonly what: string;
  /** Expressions exactly as `nft -j` lists them, so that drift is seen. */
  readonly expr: readonly unknown[];
  /**
   * What it says instead where this kernel knows connections of bridged packets. Where it does not, `expr` lets too much
   * through, unless what it lets through meets the IP hook too, by way of br_netfilter.
   */
  readonly tracked?: { readonly family: Family; readonly expr: readonly unknown[] } | undefined;
  /** What sets it apart from its like, for the plan. */
  readonly of?: string | undefined;
  /** Before those that are there already: an exception to a rule that may stand there. */
  readonly first?: true;
}

/** A rule in the lab's own nft table; the table and chain come with the first rule and go with the last. */
export const nftRule = (data: Rule, scope: Scope = HOST): Wanted<Rule> => ({ type: 'nft_rule', scope, data });

const callOf = (family: Family): string => `net/bridge/bridge-nf-call-${family === 4 ? 'iptables' : 'ip6tables'}`;

/** The rule as this kernel has to have it. */
function ruleFor(world: World, { tracked, ...data }: Rule): Rule | { readonly refused: Verdict } {
  if (!tracked) return data;
  if (world.capabilities.bridge_conntrack !== false) return { ...data, expr: tracked.expr };
  if (sysctlFact(world, HOST, callOf(tracked.family)) === '1') return data;
  const lacks = `needs ${optionOf('bridge_conntrack')}, which the kernel of this host lacks, or br_netfilter`;
  const hint = `sysctl ${callOf(tracked.family).replaceAll('/', '.')}=1 after \`modprobe br_netfilter\``;
  return {
    refused: refuse('MISSING_CAPABILITY', `${data.what}, IPv${tracked.family}: to know answers ${lacks}`, hint),
  };
}

interface Found {
  readonly chain: NftChain | undefined;
  readonly rule: NftRule | undefined;
}

function find(world: World, place: Place, { chain: { name }, id }: Rule): Found {
  const chain = ourChains(world, place).find((one) => one.name === name);
  return { chain, rule: chain?.rules.find(({ comment }) => comment === commentOf(place.lab, id)) };
}

function additions({ lab, family }: Place, { chain, id, expr, first }: Rule): unknown[] {
  const rule = { rule: { family, table: tableOf(lab), chain: chain.name, comment: commentOf(lab, id), expr } };
  return [...addChain({ scope: '', lab, family }, chain), first === true ? { insert: rule } : { add: rule }];
}

/** Whether somebody took the rules and left the chain, or the table. */
const isHollow = (world: World, place: Place, chain: NftChain | undefined): boolean =>
  chain?.rules.length === 0 ||
  (hasTable(world, place) && !ourChains(world, place).some(({ rules }) => rules.length > 0));

const deleteOne = ({ lab, family }: Place, { chain }: Rule, handle: number | undefined): unknown[] => [
  { delete: { rule: { family, table: tableOf(lab), chain: chain.name, handle } } },
];

/** With the last rule of a chain goes the chain, and with the last of all the table. */
function deletion(world: World, place: Place, rule: Rule, handle: number | undefined): unknown[] {
  const { family, lab } = place;
  const table = tableOf(lab);
  const used = ourChains(world, place)
    .filter(({ rules }) => rules.some((other) => other.handle !== handle))
    .map(({ name }) => name);
  if (used.length === 0) return [{ delete: { table: { family, name: table } } }];
  const { name } = rule.chain;
  return [
    ...(handle === undefined ? [] : deleteOne(place, rule, handle)),
    ...(used.includes(name) ? [] : [{ delete: { chain: { family, table, name } } }]),
  ];
}

function forget(world: World, place: Place, rule: Rule): void {
  const { chain } = find(world, place, rule);
  if (chain) chain.rules = chain.rules.filter(({ comment }) => comment !== commentOf(place.lab, rule.id));
  dropEmptyChain(world, place, rule.chain.name);
}

function learn(world: World, place: Place, { chain, id, expr, first }: Rule): void {
  const found = learnChain(world, place, chain);
  // A handle that the kernel has yet to give; -1 marks it.
  const made = { handle: -1, comment: commentOf(place.lab, id), expr };
  if (first === true) found.rules.unshift(made);
  else found.rules.push(made);
}

/** The rules in a lab's own tables on the host, as the ledger would have them. */
export function ruleEntries(world: World, lab: string): Wanted<Rule>[] {
  const prefix = commentOf(lab, '');
  return (world.nft[HOST]?.chains ?? [])
    .filter(({ table }) => table === tableOf(lab))
    .flatMap(({ family, name, hook, priority, rules }) =>
      rules
        .filter(({ comment }) => comment?.startsWith(prefix))
        .map(({ comment, expr }) =>
          nftRule({
            family: family as Rule['family'],
            chain: { name, type: 'filter', hook: (hook ?? 'forward') as BaseChain['hook'], priority: priority ?? 0 },
            id: comment!.slice(prefix.length),
            what: comment!.slice(prefix.length),
            expr,
          }),
        ),
    );
}

export const nftRuleType: ObjectType<Rule> = {
  type: 'nft_rule',
  volatile: true,
  shared: true,
  id: ({ family, id }) => `${family} ${id}`,
  reads: ({ scope, data: { tracked } }) => [
    { fact: 'nft', scope },
    ...(tracked
      ? [
          { fact: 'capability', name: 'bridge_conntrack' } as const,
          { fact: 'sysctl', scope: HOST, key: callOf(tracked.family) } as const,
        ]
      : []),
  ],
  diff({ scope, data: asked }, { lab, world }) {
    if (world.missing.includes('nft')) {
      return refuse('MISSING_TOOL', `${asked.id} needs nft, which is not on this host`, 'install nftables');
    }
    const data = ruleFor(world, asked);
    if ('refused' in data) return data.refused;
    const place = { scope, lab, family: data.family };
    const { rule } = find(world, place, data);
    if (rule && isDeepStrictEqual(rule.expr, data.expr)) return [];
    const elements = [...additions(place, data), ...(rule ? deleteOne(place, data, rule.handle) : [])];
    const change: Change = {
      verb: rule ? '~' : '+',
      what: data.what,
      why: rule ? 'rule was changed' : 'missing',
      ...(data.of === undefined ? {} : { of: data.of }),
      commands: [{ do: 'nft', scope, elements }],
      undo: [{ do: 'nft', scope, elements: asItWas(world, place) }],
      effect: (after) => {
        if (rule) forget(after, place, data);
        learn(after, place, data);
      },
    };
    return [change];
  },
  before: () => ({}),
  remove({ scope, data }, { lab, world }) {
    const place = { scope, lab, family: data.family };
    const { chain, rule } = find(world, place, data);
    if (!rule && !isHollow(world, place, chain)) return [];
    return [
      {
        verb: '-',
        what: data.what,
        why: rule ? 'remove' : 'remove what is left of its table',
        ...(data.of === undefined ? {} : { of: data.of }),
        commands: [{ do: 'nft', scope, elements: deletion(world, place, data, rule?.handle) }],
        undo: [{ do: 'nft', scope, elements: asItWas(world, place) }],
        effect: (after) => {
          forget(after, place, data);
        },
      },
    ];
  },
};
