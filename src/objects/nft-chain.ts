import { isDeepStrictEqual } from 'node:util';
import type { Scope } from '../command.ts';
import type { NftChain } from '../facts/nft.ts';
import type { World } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import {
  addChain,
  asItWas,
  commentOf,
  dropEmptyTable,
  learnChain,
  ourChains,
  tableOf,
  type BaseChain,
  type Place,
} from './nft-table.ts';

interface Chain {
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly chain: BaseChain;
  /** The rules in their order; expressions exactly as `nft -j` lists them. */
  readonly rules: readonly (readonly unknown[])[];
}

/** A chain of the lab's own table that one task writes whole, since the order of its rules matters. */
export const nftChain = (scope: Scope, data: Chain): Wanted<Chain> => ({ type: 'nft_chain', scope, data });

const placeOf = (lab: string, { scope, data }: Wanted<Chain>): Place => ({ scope, lab, family: data.family });

const find = (world: World, place: Place, { chain }: Chain): NftChain | undefined =>
  ourChains(world, place).find(({ name }) => name === chain.name);

const comment = (lab: string, { chain }: Chain, index: number): string => commentOf(lab, `${chain.name} ${index + 1}`);

const isSame = (lab: string, found: NftChain, data: Chain): boolean =>
  found.hook === data.chain.hook &&
  found.rules.length === data.rules.length &&
  data.rules.every(
    (expr, index) =>
      isDeepStrictEqual(found.rules[index]!.expr, expr) && found.rules[index]!.comment === comment(lab, data, index),
  );

function elements(lab: string, place: Place, data: Chain, found: NftChain | undefined): unknown[] {
  const { family } = place;
  const table = tableOf(lab);
  const { name } = data.chain;
  return [
    ...(found ? [{ flush: { chain: { family, table, name } } }] : addChain(place, data.chain)),
    ...data.rules.map((expr, index) => ({
      add: { rule: { family, table, chain: name, comment: comment(lab, data, index), expr } },
    })),
  ];
}

function learn(world: World, place: Place, data: Chain): void {
  const found = learnChain(world, place, data.chain);
  found.rules = data.rules.map((expr, index) => ({ handle: -1, comment: comment(place.lab, data, index), expr }));
}

function deletion(world: World, place: Place, { chain: { name } }: Chain): unknown[] {
  const { family, lab } = place;
  const table = tableOf(lab);
  const others = ourChains(world, place).filter((chain) => chain.name !== name && chain.rules.length > 0);
  if (others.length === 0) return [{ delete: { table: { family, name: table } } }];
  return [{ flush: { chain: { family, table, name } } }, { delete: { chain: { family, table, name } } }];
}

export const nftChainType: ObjectType<Chain> = {
  type: 'nft_chain',
  volatile: true,
  shared: false,
  id: ({ family, chain }) => `${family} ${chain.name}`,
  reads: ({ scope }) => [{ fact: 'nft', scope }],
  diff(wanted, { lab, world }) {
    const { scope, data } = wanted;
    if (world.missing.includes('nft')) {
      return refuse('MISSING_TOOL', `${data.chain.name} needs nft, which is not on this host`, 'install nftables');
    }
    const place = placeOf(lab, wanted);
    const found = find(world, place, data);
    if (found && isSame(lab, found, data)) return [];
    const count = `${data.rules.length} rule${data.rules.length === 1 ? '' : 's'}`;
    const change: Change = {
      verb: found ? '~' : '+',
      what: `${data.chain.hook} of ${count}`,
      why: found ? 'differs' : 'missing',
      commands: [{ do: 'nft', scope, elements: elements(lab, place, data, found) }],
      undo: [{ do: 'nft', scope, elements: asItWas(world, place) }],
      effect: (after) => {
        learn(after, place, data);
      },
    };
    return [change];
  },
  before: () => ({}),
  remove(entry, { lab, world }) {
    const { scope, data } = entry;
    const place = placeOf(lab, entry);
    if (!find(world, place, data)) return [];
    return [
      {
        verb: '-',
        what: `${data.chain.hook} of ${data.chain.name}`,
        why: 'remove',
        commands: [{ do: 'nft', scope, elements: deletion(world, place, data) }],
        undo: [{ do: 'nft', scope, elements: asItWas(world, place) }],
        effect: (after) => {
          const nft = after.nft[scope];
          if (nft) nft.chains = nft.chains.filter((chain) => chain !== find(after, place, data));
          dropEmptyTable(after, place);
        },
      },
    ];
  },
};
