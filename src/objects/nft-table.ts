import { digest } from '../address.ts';
import type { Scope } from '../command.ts';
import type { Nft, NftChain } from '../facts/nft.ts';
import type { World } from '../facts/world.ts';

/** The lab's own table of one family, in one namespace. */
export interface Place {
  readonly scope: Scope;
  readonly lab: string;
  readonly family: string;
}

/** A base chain of the lab's own table. */
export interface BaseChain {
  readonly name: string;
  readonly type: 'nat' | 'filter';
  readonly hook: 'prerouting' | 'postrouting' | 'forward' | 'input' | 'output';
  readonly priority: number;
}

export const tableOf = (lab: string): string => `netwright-${lab}`;

/** nft takes no comment of more than 128 bytes. */
const LONGEST_COMMENT = 128;

/** The mark of a rule: the only part of a table whose comment `nft -j` shows (1.0.6). */
export function commentOf(lab: string, id: string): string {
  const comment = `netwright:${lab}:${id}`;
  return comment.length <= LONGEST_COMMENT ? comment : `netwright:${lab}:#${digest(id).toString('hex').slice(0, 24)}`;
}

export const isIn = ({ lab, family }: Place, found: { readonly family: string }, table: string): boolean =>
  found.family === family && table === tableOf(lab);

export const ourChains = (world: World, place: Place): NftChain[] =>
  (world.nft[place.scope]?.chains ?? []).filter((chain) => isIn(place, chain, chain.table));

export const hasTable = (world: World, place: Place): boolean =>
  world.nft[place.scope]?.tables.some((table) => isIn(place, table, table.name)) === true;

export const addChain = ({ lab, family }: Place, { name, type, hook, priority }: BaseChain): unknown[] => [
  { add: { table: { family, name: tableOf(lab) } } },
  { add: { chain: { family, table: tableOf(lab), name, type, hook, prio: priority, policy: 'accept' } } },
];

/** The table whole, with the rules in their order; nothing, if it is not there. */
export function asItWas(world: World, place: Place): unknown[] {
  const { family, lab } = place;
  const name = tableOf(lab);
  const table = { table: { family, name } };
  const empty = [{ add: table }, { delete: table }];
  if (!hasTable(world, place)) return empty;
  const ours = ourChains(world, place);
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

/** The chain in the planner's own copy, made where it is missing. */
export function learnChain(world: World, place: Place, { name, type, hook, priority }: BaseChain): NftChain {
  const nft: Nft = (world.nft[place.scope] ??= { tables: [], chains: [] });
  const table = tableOf(place.lab);
  if (!hasTable(world, place)) nft.tables.push({ family: place.family, name: table });
  const found = ourChains(world, place).find((chain) => chain.name === name);
  if (found) return found;
  const made = { family: place.family, table, name, type, hook, priority, policy: 'accept', rules: [] };
  nft.chains.push(made);
  return made;
}

/** Drops the table from the planner's own copy when no rule is left in it. */
export function dropEmptyTable(world: World, place: Place): void {
  const nft = world.nft[place.scope];
  if (!nft || ourChains(world, place).some(({ rules }) => rules.length > 0)) return;
  nft.chains = nft.chains.filter((chain) => !isIn(place, chain, chain.table));
  nft.tables = nft.tables.filter((table) => !isIn(place, table, table.name));
}

/** Drops a chain from the planner's own copy when no rule is left in it, and the table when none is in any. */
export function dropEmptyChain(world: World, place: Place, name: string): void {
  const nft = world.nft[place.scope];
  if (!nft) return;
  const empty = ourChains(world, place).find((chain) => chain.name === name && chain.rules.length === 0);
  nft.chains = nft.chains.filter((chain) => chain !== empty);
  dropEmptyTable(world, place);
}
