import {
  addressOf,
  contains,
  familyOf,
  macFromHash,
  macFromIPv4,
  networkOf,
  readCidr,
  readNetwork,
  singleNetwork,
  type Family,
} from '../src/address.ts';
import type { Wanted } from '../src/object.ts';
import { address } from '../src/objects/address.ts';
import { bridgeLink } from '../src/objects/bridge.ts';
import { flow } from '../src/objects/flow.ts';
import { forwarding } from '../src/objects/forwarding.ts';
import * as nft from '../src/objects/nft-match.ts';
import { nftRule, type BaseChain } from '../src/objects/nft-rule.ts';
import { port } from '../src/objects/port.ts';
import { portVlans } from '../src/objects/port-vlans.ts';
import { route } from '../src/objects/route.ts';
import { HOST } from '../src/command.ts';
import { defineTask } from '../src/task.ts';
import { list, state } from './options.ts';
import { span, spanning } from './vxlan.ts';

export const bridge = defineTask({
  kind: 'bridge',
  description: 'A Linux bridge with addresses, ranges for its containers, and its way to the world.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [
      {
        name: 'nw0',
        address: '172.30.0.1/16',
        fixed_cidr: '172.30.5.0/24',
        fixed_cidr_v6: '2001:db8:1::/64',
        ip_masq: true,
      },
    ],
    required: ['name'],
    properties: {
      name: { type: 'string', format: 'interface', description: 'The name of the link, at most 15 bytes.' },
      address: {
        anyOf: [
          { type: 'string', format: 'cidr' },
          { type: 'array', items: { type: 'string', format: 'cidr' }, uniqueItems: true },
        ],
        description: "The host's own addresses on the bridge, with prefix (Docker's --bip).",
        examples: ['172.30.0.1/16'],
      },
      fixed_cidr: {
        type: 'string',
        format: 'network4',
        description: "Container addresses come from here; inside the bridge's subnet.",
        examples: ['172.30.5.0/24'],
      },
      fixed_cidr_v6: {
        type: 'string',
        format: 'network6',
        description: 'IPv6 range of the containers; the bridge gets fe80::1 and the route to it.',
        examples: ['2001:db8:1::/64'],
      },
      mtu: { type: 'integer', minimum: 68, maximum: 65535, description: 'In bytes; at least 1280 with IPv6.' },
      ip_masq: { type: 'boolean', default: false, description: 'Masquerade what leaves by another interface (IPv4).' },
      ip_forward: {
        type: 'boolean',
        description: "Whether the host forwards for the bridge's families; by default as ip_masq.",
      },
      icc: {
        type: 'boolean',
        default: true,
        description: 'Whether its containers may talk to each other; where not, links open exposed ports.',
      },
      allow_from: {
        type: 'array',
        items: { type: 'string', format: 'addressOrNetwork' },
        uniqueItems: true,
        description: 'Only these sources beyond the bridge may open connections to its containers.',
        examples: [['8.8.8.8', '2001:db8:7::/48']],
      },
      span,
      ports: {
        type: 'array',
        items: { type: 'string', format: 'interface' },
        uniqueItems: true,
        default: [],
        description: 'Interfaces of the host to plug in; each goes back to its former master on destroy.',
      },
      vlan_filtering: {
        type: 'boolean',
        default: false,
        description: 'Keep VLANs apart: an attachment is in the one that its `vlan` says, else in VLAN 1.',
      },
      vlans: {
        type: 'array',
        items: { type: 'integer', minimum: 2, maximum: 4094 },
        uniqueItems: true,
        default: [],
        description: 'VLANs that its ports and the host itself carry with a tag, besides VLAN 1 without.',
      },
      state,
    },
  },
  identity: ({ name }) => `bridge ${name}`,
  primary: ({ name }) => bridgeLink({ name }),
  provides: ({ name }) => [{ type: 'bridge', name }],
  references: ({ span: group }) => (group === undefined ? [] : [{ type: 'group', name: group, path: ['span'] }]),
  check({ address: given, fixed_cidr_v6, mtu, ip_masq, vlan_filtering, vlans, icc, span: group }) {
    const addresses = list(given);
    const six = fixed_cidr_v6 !== undefined || addresses.some((cidr) => familyOf(cidr) === 6);
    const four = addresses.some((cidr) => familyOf(cidr) === 4);
    return [
      ...(group !== undefined && !icc
        ? [
            {
              path: ['icc'],
              code: 'CONFLICT',
              message: 'bridge.icc: it closes containers to those of this host only, and the bridge spans others',
              hint: 'leave icc or span out',
            },
          ]
        : []),
      ...(vlans.length > 0 && !vlan_filtering
        ? [
            {
              path: ['vlans'],
              code: 'MISSING_KEY',
              message: 'bridge.vlans: the bridge does not keep VLANs apart',
              hint: 'add vlan_filtering: true',
            },
          ]
        : []),
      ...(six && mtu !== undefined && mtu < 1280
        ? [
            {
              path: ['mtu'],
              code: 'OUT_OF_RANGE',
              message: `bridge.mtu: ${mtu} is too small for IPv6 (RFC 8200)`,
              hint: 'use at least 1280',
            },
          ]
        : []),
      ...(ip_masq && !four
        ? [
            {
              path: ['ip_masq'],
              code: 'CONFLICT',
              message: 'bridge.ip_masq: there is no IPv4 address to masquerade',
              hint: 'give the bridge an IPv4 address',
            },
          ]
        : []),
    ];
  },
  segments: ({ name, address: given, fixed_cidr, fixed_cidr_v6, mtu, icc, span: group }) => [
    {
      name,
      addresses: list(given).map((cidr) => readCidr(cidr)!),
      fixedCidr: fixed_cidr === undefined ? undefined : networkOf(fixed_cidr),
      fixedCidrV6: fixed_cidr_v6 === undefined ? undefined : networkOf(fixed_cidr_v6),
      mtu,
      isolated: !icc,
      span: group,
      paths: { addresses: ['address'], fixedCidr: ['fixed_cidr'], fixedCidrV6: ['fixed_cidr_v6'] },
    },
  ],
  objects(args, context) {
    const { name, address: given, fixed_cidr_v6, mtu, ip_masq, ip_forward, icc, ports, allow_from } = args;
    const { vlan_filtering, vlans } = args;
    const { lab } = context;
    const addresses = list(given).map((cidr) => readCidr(cidr)!);
    const four = addresses.filter((cidr) => familyOf(cidr) === 4);
    const range = fixed_cidr_v6 === undefined ? [] : [networkOf(fixed_cidr_v6)];
    const six = [...addresses.filter((cidr) => familyOf(cidr) === 6).map(networkOf), ...range];
    const families = ([4, 6] as const).filter((family) => (family === 4 ? four : six).length > 0);
    const mac = four[0] === undefined ? macFromHash(`${lab}/${context.host}/${name}`) : macFromIPv4(addressOf(four[0]));
    // Where an address of the bridge covers the whole range, the kernel's own route does.
    const routed = range.filter((network) => !addresses.some((cidr) => contains(networkOf(cidr), network)));
    const wanted: Wanted[] = [
      bridgeLink({ name, mac, ...(mtu === undefined ? {} : { mtu }), ...(vlan_filtering ? { filtering: true } : {}) }),
      ...(args.span === undefined ? [] : [spanning(lab, name, args.span, context, mtu)]),
      ...ports.map((link) => port(name, link)),
      ...(vlans.length === 0 ? [] : trunks(name, ports, vlans)),
      ...[...addresses, ...(range.length > 0 ? ['fe80::1/64'] : [])].map((cidr) => address(HOST, name, cidr)),
      ...routed.map((to) => route(HOST, { family: 6, to, dev: name })),
    ];
    if (ip_masq) wanted.push(...four.map((cidr) => masquerade(name, networkOf(cidr))));
    if (!icc) wanted.push(...families.map((family) => noDetour(name, family)));
    if (allow_from) wanted.push(...families.map((family) => onlyFrom(name, family, allow_from)));
    if (ip_forward ?? ip_masq) {
      wanted.push(...families.map((family) => forwarding(HOST, family, true)));
      // Who is hidden behind the host is asked by nobody; whose addresses are routed, by all or by some.
      const sources = allow_from ?? (ip_forward === true ? undefined : []);
      wanted.push(...families.flatMap((family) => through(name, family, sources)));
    } else if (icc) {
      // Without addresses of the host its containers may have those of any family.
      const any = families.length === 0 ? ([4, 6] as const) : families;
      wanted.push(...any.map((family) => flow({ family, in: name, out: name })));
    }
    return wanted;
  },
});

/** The bridge itself and its ports carry the VLANs with tags. */
const trunks = (bridge: string, ports: readonly string[], tagged: readonly number[]): Wanted[] => [
  portVlans({ port: bridge, access: 1, tagged }),
  ...ports.map((port) => portVlans({ port, bridge, access: 1, tagged })),
];

const FORWARD: BaseChain = { name: 'forward', type: 'filter', hook: 'forward', priority: 0 };

const masquerade = (name: string, network: string): Wanted =>
  nftRule({
    family: 'ip',
    chain: { name: 'postrouting', type: 'nat', hook: 'postrouting', priority: 100 },
    id: `masquerade ${network}`,
    what: 'masquerade',
    expr: [nft.from(network), nft.goesOutElsewhere(name), nft.masquerade],
  });

/** Isolated ports do not reach each other, but the host would hand on what one sends to it for another. */
const noDetour = (name: string, family: Family): Wanted =>
  nftRule({
    family: family === 4 ? 'ip' : 'ip6',
    chain: FORWARD,
    id: `icc ${name}`,
    what: 'no detour through the host',
    of: `IPv${family}`,
    expr: [nft.comesIn(name), nft.goesOut(name), nft.wasNotTranslated, nft.drop],
  });

const networksOf = (family: Family, sources: readonly string[]): string[] =>
  sources.filter((text) => familyOf(text) === family).map((text) => readNetwork(text) ?? singleNetwork(text)!);

/** What a firewall of somebody else has to let out, and in: everything, or from these sources, and what was asked for. */
const through = (name: string, family: Family, sources: readonly string[] | undefined): Wanted[] => [
  flow({ family, in: name }),
  ...(sources === undefined
    ? [flow({ family, out: name })]
    : [
        // iptables does not show that it may be any.
        ...networksOf(family, sources).map((from) =>
          flow({ family, ...(from.endsWith('/0') ? {} : { from }), out: name }),
        ),
        flow({ family, out: name, answers: true }),
      ]),
  flow({ family, in: name, isolated: true }),
];

/** The article, "Communication between containers and the wider world": nobody but these; answers are no new connection. */
function onlyFrom(name: string, family: Family, sources: readonly string[]): Wanted {
  const own = networksOf(family, sources);
  return nftRule({
    family: family === 4 ? 'ip' : 'ip6',
    chain: FORWARD,
    id: `from ${name}`,
    what: own.length === 0 ? 'from nobody' : `from ${own.join(', ')} only`,
    expr: [
      ...(own.length === 0 ? [] : [nft.notFrom(...own)]),
      nft.comesInElsewhere(name),
      nft.goesOut(name),
      nft.inState('new'),
      nft.drop,
    ],
  });
}
