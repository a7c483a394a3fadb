import type { Family } from './world.ts';
import type { PolicyRule, PortVlan, Qdisc } from './world.ts';

interface IpRule {
  priority: number;
  not?: null;
  src?: string;
  srclen?: number;
  dst?: string;
  dstlen?: number;
  iif?: string;
  oif?: string;
  fwmark?: string;
  fwmask?: string;
  ipproto?: string;
  sport?: number;
  sport_start?: number;
  sport_end?: number;
  dport?: number;
  dport_start?: number;
  dport_end?: number;
  table?: string;
  action?: string;
  protocol?: string;
}

/** What a rule has that we read; with anything else it is none of ours. */
const READ = new Set(
  'priority not src srclen dst dstlen iif oif fwmark fwmask ipproto sport sport_start sport_end dport dport_start dport_end table action protocol'.split(
    ' ',
  ),
);

/** Reads `ip -j rule` of one family. */
export function parseRules(family: Family, text: string): PolicyRule[] {
  if (text.trim() === '') return [];
  return (JSON.parse(text) as IpRule[])
    .filter((rule) => 'priority' in rule)
    .map((rule) => ({
      family,
      priority: rule.priority,
      words: Object.keys(rule).every((key) => READ.has(key)) ? wordsOf(rule, family) : ['?', JSON.stringify(rule)],
      protocol: rule.protocol,
    }));
}

function wordsOf(rule: IpRule, family: Family): string[] {
  const network = (word: string, address: string | undefined, length = family === 4 ? 32 : 128): string[] =>
    address === undefined || address === 'all' ? [] : [word, `${address}/${length}`];
  const range = (word: 'sport' | 'dport'): string[] => {
    const [one, first, last] = [rule[word], rule[`${word}_start`], rule[`${word}_end`]];
    if (one !== undefined) return [word, `${one}`];
    return first === undefined ? [] : [word, first === last ? `${first}` : `${first}-${last}`];
  };
  const word = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  return [
    ...('not' in rule ? ['not'] : []),
    ...network('from', rule.src, rule.srclen),
    ...network('to', rule.dst, rule.dstlen),
    ...word('iif', rule.iif),
    ...word('oif', rule.oif),
    ...word('fwmark', rule.fwmask === undefined ? rule.fwmark : `${rule.fwmark}/${rule.fwmask}`),
    ...word('ipproto', rule.ipproto),
    ...range('sport'),
    ...range('dport'),
    ...(rule.action === undefined ? word('table', rule.table) : [rule.action]),
  ];
}

interface TcQdisc {
  kind?: string;
  handle?: string;
  root?: boolean;
  parent?: string;
  options?: Record<string, unknown>;
}

/** Reads `tc -j qdisc show`. */
export const parseQdiscs = (text: string): Qdisc[] =>
  (JSON.parse(text) as TcQdisc[])
    .flatMap(({ kind, handle, parent, options }) =>
      kind === undefined || handle === undefined ? [] : [{ kind, handle, parent, options: options ?? {} }],
    )
    .toSorted((a, b) => Number(a.parent !== undefined) - Number(b.parent !== undefined));

interface BridgeVlan {
  ifname?: string;
  vlans?: { vlan: number; vlanEnd?: number; flags?: string[] }[];
}

/** Reads `bridge -j vlan show`. */
export function parsePortVlans(text: string): Record<string, PortVlan[]> {
  const ports = Object.create(null) as Record<string, PortVlan[]>;
  for (const { ifname, vlans } of JSON.parse(text) as BridgeVlan[]) {
    if (ifname === undefined) continue;
    ports[ifname] = (vlans ?? []).flatMap(({ vlan, vlanEnd, flags }) => {
      const [pvid, untagged] = [flags?.includes('PVID') ?? false, flags?.includes('Egress Untagged') ?? false];
      const last = vlanEnd ?? vlan;
      return Array.from({ length: last - vlan + 1 }, (_, index) => ({ vid: vlan + index, pvid, untagged }));
    });
  }
  return ports;
}
