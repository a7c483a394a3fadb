import { macFromText, readCidr, readMac } from '../src/address.ts';
import { HOST } from '../src/command.ts';
import type { Wanted } from '../src/object.ts';
import { address } from '../src/objects/address.ts';
import { child } from '../src/objects/child.ts';
import { raised } from '../src/objects/raised.ts';
import type { Context } from '../src/task.ts';
import type { Attachment } from '../src/topology.ts';
import { container, list, state } from './options.ts';

// Links that stand on another one, or on none: what the kinds vlan, macvlan, ipvlan and dummy share.

/** Options of each of these kinds. */
export const linkOptions = {
  address: {
    anyOf: [
      { type: 'string', format: 'cidr' },
      { type: 'array', items: { type: 'string', format: 'cidr' }, uniqueItems: true },
    ],
    description: 'Its addresses, with prefix.',
    examples: ['192.0.2.10/24'],
  },
  mtu: { type: 'integer', minimum: 68, maximum: 65535, description: 'In bytes; by default that of what it is on.' },
  container,
  state,
} as const;

export const macOption = {
  type: 'string',
  format: 'macOrText',
  description: 'By default what the kernel gives it; U:TEXT derives one from a text.',
} as const;

export const nameOption = { type: 'string', format: 'interface', description: 'The name of the link.' } as const;

export const parentOption = {
  type: 'string',
  format: 'carrier',
  description: 'The interface that it is on, by its name or by mac:ITS-MAC.',
} as const;

interface Options {
  readonly name: string;
  readonly parent?: string | undefined;
  readonly address?: string | readonly string[] | undefined;
  readonly mtu?: number | undefined;
  readonly mac_address?: string | undefined;
  readonly container?: string | undefined;
}

const cidrs = ({ address: given }: Options): string[] => list(given).map((text) => readCidr(text)!);

/** `U:TEXT` stands for a MAC made from the text. */
export const macOf = (text: string): string => (text.startsWith('U:') ? macFromText(text.slice(2)) : readMac(text)!);

export const identityOf = (kind: string, { name, container: where }: Options): string =>
  `${kind} ${where === undefined ? '' : `${where} `}${name}`;

/** So that no interface is made twice, and `reach` knows the addresses. */
export const attachmentsOf = (args: Options): Attachment[] => [
  {
    container: args.container ?? '',
    interface: args.name,
    addresses: cidrs(args),
    gateways: 'none',
    onlink: false,
    path: [],
  },
];

type Kind = 'vlan' | 'macvlan' | 'ipvlan' | 'dummy';

export const linkOf = (
  kind: Kind,
  { name, parent, mtu, mac_address: mac, container: where }: Options,
  { scope }: Context,
  more: { readonly mode?: string; readonly vlan?: number } = {},
): Wanted => child(scope(where), { kind, name, parent, mtu, mac: mac === undefined ? undefined : macOf(mac), ...more });

/** The link, up, on an interface that is up, and its addresses. */
export function linkObjects(link: Wanted, args: Options, { scope }: Context): Wanted[] {
  const where = scope(args.container);
  const carrier = where === HOST && args.parent !== undefined ? [raised(args.parent)] : [];
  return [...carrier, link, ...cidrs(args).map((cidr) => address(where, args.name, cidr))];
}
