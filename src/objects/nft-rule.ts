import { isDeepStrictEqual } from 'node:util';
import { HOST } from '../command.ts';
import { findChain, type Nft, type NftChain, type NftRule } from '../facts/nft.ts';
import type { World } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

/** A base chain of the lab's own table. */
export interface BaseChain {
  readonly name: string;
  readonly type: 'nat' | 'filter';
  readonly hook: 'prerouting' | 'postrouting' | 'forward' | 'input' | 'output';
  readonly priority: number;
}

interface Rule {
  readonly family: 'ip' | 'ip6' | 'inet' | 'bridge';
  readonly chain: BaseChain;
  /** Unique within the lab, e.g. `masquerade 172.30.0.0/16`; kept as the rule's comment. */
  readonly id: string;
  /** The rule's name in the plan. */
  readonly what: string;
  /** Expressions exactly as `nft -j` lists them, so that drift is seen. */
  readonly expr: readonly unknown[];
}

/** A rule in the lab's own nft table; the table and chain come with the first rule and go with the last. */
export const nftRule = (data: Rule): Wanted<Rule> => ({ type: 'nft_rule', scope: HOST, data });

export const tableOf = (lab: string): string => `netwright-${lab}`;
const commentOf = (lab: string, id: string): string => `netwright:${lab}:${id}`;

interface Found {
  readonly chain: NftChain | undefined;
  readonly rule: NftRule | undefined;
}

function find(nft: Nft | undefined, lab: string, { family, chain, id }: Rule): Found {
  const found = nft && findChain(nft, family, tableOf(lab), chain.name);
  return { chain: found, rule: found?.rules.find(({ comment }) => comment === commentOf(lab, id)) };
}

function additions(lab: string, { family, chain, id, expr }: Rule): unknown[] {
  const table = tableOf(lab);
  const { name, type, hook, priority } = chain;
  return [
    { add: { table: { family, name: table } } },
    { add: { chain: { family, table, name, type, hook, prio: priority, policy: 'accept' } } },
    { add: { rule: { family, table, chain: name, comment: commentOf(lab, id), expr } } },
  ];
}

/** Whether somebody took the rules and left the table. */
const isHollow = ({ nft }: World, lab: string, { family }: Rule): boolean => {
  const isOurs = (other: { family: string }, table: string) => other.family === family && table === tableOf(lab);
  if (!nft?.tables.some((table) => isOurs(table, table.name))) return false;
  return !nft.chains.some((chain) => isOurs(chain, chain.table) && chain.rules.length > 0);
};

function deletion(world: World, lab: string, rule: Rule, handle: number | undefined): unknown[] {
  const { family, chain } = rule;
  const table = tableOf(lab);
  const chains = (world.nft?.chains ?? []).filter((other) => other.family === family && other.table === table);
  const others = chains.flatMap(({ rules }) => rules).filter((other) => other.handle !== handle);
  if (others.length === 0) return [{ delete: { table: { family, name: table } } }];
  return [{ delete: { rule: { family, table, chain: chain.name, handle } } }];
}

/** The lab's own table whole, with the rules in their order; nothing, if it is not there. */
function asItWas(world: World, lab: string, { family }: Rule): unknown[] {
  const name = tableOf(lab);
  const table = { table: { family, name } };
  const { tables = [], chains = [] } = world.nft ?? {};
  const empty = [{ add: table }, { delete: table }];
  if (!tables.some((other) => other.family === family && other.name === name)) return empty;
  const ours = chains.filter((chain) => chain.family === family && chain.table === name);
  return [
    ...empty,
    { add: table },
    ...ours.map(({ name: chain, type, hook, priority, policy }) => ({
      add: { chain: { family, table: name, name: chain, type, hook, prio: priority, policy } },
    })),
    ...ours.flatMap(({ name: chain, rules }) =>
      rules.map(({ comment, expr }) => ({ add: { rule: { family, table: name, chain, comment, expr } } })),
    ),
  ];
}

function forget(world: World, lab: string, rule: Rule): void {
  const { nft } = world;
  if (!nft) return;
  const { chain } = find(nft, lab, rule);
  if (chain) chain.rules = chain.rules.filter(({ comment }) => comment !== commentOf(lab, rule.id));
  const ours = (other: { family: string }, table: string): boolean =>
    other.family === rule.family && table === tableOf(lab);
  if (nft.chains.some((other) => ours(other, other.table) && other.rules.length > 0)) return;
  nft.chains = nft.chains.filter((other) => !ours(other, other.table));
  nft.tables = nft.tables.filter((other) => !ours(other, other.name));
}

function learn(world: World, lab: string, { family, chain, id, expr }: Rule): void {
  const nft = (world.nft ??= { tables: [], chains: [] });
  const table = tableOf(lab);
  if (!nft.tables.some((other) => other.family === family && other.name === table)) {
    nft.tables.push({ family, name: table });
  }
  let found = findChain(nft, family, table, chain.name);
  if (!found) {
    const { name, type, hook, priority } = chain;
    found = { family, table, name, type, hook, priority, policy: 'accept', rules: [] };
    nft.chains.push(found);
  }
  // A handle that the kernel has yet to give; -1 marks it.
  found.rules.push({ handle: -1, comment: commentOf(lab, id), expr });
}

/** The rules in a lab's own tables, as the ledger would have them. */
export function ruleEntries(world: World, lab: string): Wanted<Rule>[] {
  const prefix = commentOf(lab, '');
  return (world.nft?.chains ?? [])
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
  reads: () => [{ fact: 'nft' }],
  diff({ data }, { lab, world }) {
    if (world.missing.includes('nft')) {
      return refuse('MISSING_TOOL', `${data.id} needs nft, which is not on this host`, 'install nftables');
    }
    const { rule } = find(world.nft, lab, data);
    if (rule && isDeepStrictEqual(rule.expr, data.expr)) return [];
    const change: Change = {
      verb: rule ? '~' : '+',
      what: data.what,
      why: rule ? 'rule was changed' : 'missing',
      commands: [
        {
          do: 'nft',
          elements: [...additions(lab, data), ...(rule ? deleteOne(lab, data, rule.handle) : [])],
        },
      ],
      undo: [{ do: 'nft', elements: asItWas(world, lab, data) }],
      effect: (after) => {
        if (rule) forget(after, lab, data);
        learn(after, lab, data);
      },
    };
    return [change];
  },
  before: () => ({}),
  remove({ data }, { lab, world }) {
    const { rule } = find(world.nft, lab, data);
    if (!rule && !isHollow(world, lab, data)) return [];
    return [
      {
        verb: '-',
        what: data.what,
        why: rule ? 'remove' : 'remove what is left of its table',
        commands: [{ do: 'nft', elements: deletion(world, lab, data, rule?.handle) }],
        undo: [{ do: 'nft', elements: asItWas(world, lab, data) }],
        effect: (after) => {
          forget(after, lab, data);
        },
      },
    ];
  },
};

const deleteOne = (lab: string, { family, chain }: Rule, handle: number): unknown[] => [
  { delete: { rule: { family, table: tableOf(lab), chain: chain.name, handle } } },
];
