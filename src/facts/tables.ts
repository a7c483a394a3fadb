import { readShaped, type Shaped } from './shape.ts';
import type { Family } from './world.ts';
import type { PolicyRule, PortVlan, Qdisc } from './world.ts';

const RULES = [
  {
    priority: 'count',
    'src?': 'text',
    'srclen?': 'count',
    'dst?': 'text',
    'dstlen?': 'count',
    'iif?': 'text',
    'oif?': 'text',
    'fwmark?': 'text',
    'fwmask?': 'text',
    'ipproto?': 'text',
    'sport?': 'count',
    'sport_start?': 'count',
    'sport_end?': 'count',
    'dport?': 'count',
    'dport_start?': 'count',
    'dport_end?': 'count',
    'table?': 'text',
    'action?': 'text',
    'protocol?': 'text',
  },
] as const;

type IpRule = Shaped<typeof RULES>[number];

/** What a rule has that we read; with anything else it is none of ours. */
const READ = new Set(
  'priority not src srclen dst dstlen iif oif fwmark fwmask ipproto sport sport_start sport_end dport dport_start dport_end table action protocol'.split(
    ' ',
  ),
);

/** Reads `ip -j rule` of one family. */
export function parseRules(family: Family, text: string): PolicyRule[] {
  return readShaped(text, RULES, '[]')
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

const QDISCS = [{ 'kind?': 'text', 'handle?': 'text', 'parent?': 'text', 'options?': { '*': 'any' } }] as const;

/** Reads `tc -j qdisc show`. */
export const parseQdiscs = (text: string): Qdisc[] =>
  readShaped(text, QDISCS)
    .flatMap(({ kind, handle, parent, options }) =>
      kind === undefined || handle === undefined ? [] : [{ kind, handle, parent, options: options ?? {} }],
    )
    .toSorted((a, b) => Number(a.parent !== undefined) - Number(b.parent !== undefined));

const VLANS = [{ 'ifname?': 'text', 'vlans?': [{ vlan: 'count', 'vlanEnd?': 'count', 'flags?': ['text'] }] }] as const;
/** VLANs have 12 bits. */
const LAST_VLAN = 4095;

/** Reads `bridge -j vlan show`. */
export function parsePortVlans(text: string): Record<string, PortVlan[]> {
  const ports = Object.create(null) as Record<string, PortVlan[]>;
  for (const { ifname, vlans } of readShaped(text, VLANS)) {
    if (ifname === undefined) continue;
    ports[ifname] = (vlans ?? []).flatMap(({ vlan, vlanEnd, flags }) => {
      const [pvid, untagged] = [flags?.includes('PVID') ?? false, flags?.includes('Egress Untagged') ?? false];
      const last = vlanEnd ?? vlan;
      if (last < vlan || last > LAST_VLAN) throw new TypeError(`there are no VLANs ${vlan} to ${last}`);
      return Array.from({ length: last - vlan + 1 }, (_, index) => ({ vid: vlan + index, pvid, untagged }));
    });
  }
  return ports;
}
