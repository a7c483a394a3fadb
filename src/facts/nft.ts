import { readShaped } from './shape.ts';

/** A rule as `nft -j` shows it, without what changes by itself. */
export interface NftRule {
  readonly handle: number;
  readonly comment?: string | undefined;
  /** Expressions, with counters' values left out. */
  readonly expr: readonly unknown[];
}

export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type?: string | undefined;
  readonly hook?: string | undefined;
  readonly priority?: number | undefined;
  readonly policy?: string | undefined;
  rules: NftRule[];
}

export interface NftTable {
  readonly family: string;
  readonly name: string;
}

/** The rule set of one network namespace. */
export interface Nft {
  tables: NftTable[];
  chains: NftChain[];
}

const RULESET = {
  nftables: [
    {
      'table?': { family: 'text', name: 'text' },
      'chain?': {
        family: 'text',
        table: 'text',
        name: 'text',
        'type?': 'text',
        'hook?': 'text',
        'prio?': 'integer',
        'policy?': 'text',
      },
      'rule?': {
        family: 'text',
        table: 'text',
        chain: 'text',
        handle: 'count',
        'comment?': 'text',
        'expr?': ['any'],
      },
    },
  ],
} as const;

/** Reads `nft -j list ruleset`. */
export function parseNft(text: string): Nft {
  const nft: Nft = { tables: [], chains: [] };
  const { nftables } = readShaped(text, RULESET, '{"nftables":[]}');
  for (const { table, chain, rule } of nftables) {
    if (table) nft.tables.push({ family: table.family, name: table.name });
    if (chain) {
      const { family, name, type, hook, policy } = chain;
      nft.chains.push({ family, table: chain.table, name, type, hook, priority: chain.prio, policy, rules: [] });
    }
    if (rule) {
      const owner = findChain(nft, rule.family, rule.table, rule.chain);
      owner?.rules.push({ handle: rule.handle, comment: rule.comment, expr: (rule.expr ?? []).map(withoutCounts) });
    }
  }
  return nft;
}

const findChain = (nft: Nft, family: string, table: string, name: string): NftChain | undefined =>
  nft.chains.find((chain) => chain.family === family && chain.table === table && chain.name === name);

function withoutCounts(expression: unknown): unknown {
  return typeof expression === 'object' && expression !== null && 'counter' in expression
    ? { counter: null }
    : expression;
}
