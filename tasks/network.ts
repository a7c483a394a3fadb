import { CLIENTS, type Client } from '../src/objects/lease.ts';
import type { Infer } from '../src/infer.ts';
import type { Mistake } from '../src/task.ts';
import { list } from './options.ts';

/** As Docker has them. */
export const NETWORK_NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';

/** One entry of a container's `networks`. */
export const networkSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    bridge: { type: 'string', format: 'interface', description: 'The bridge to plug into.' },
    macvlan: {
      type: 'string',
      format: 'carrier',
      description: "A host interface (or mac:ITS-MAC) to share with a MAC of one's own.",
    },
    ipvlan: {
      type: 'string',
      format: 'carrier',
      description: 'A host interface (or mac:ITS-MAC) to share, MAC included.',
    },
    physical: {
      type: 'string',
      format: 'carrier',
      description: 'A host interface (or mac:ITS-MAC) that moves in and comes back.',
    },
    network: {
      type: 'string',
      pattern: NETWORK_NAME,
      description: "A network of the container's own engine, as docker_network makes them.",
    },
    aliases: {
      type: 'array',
      items: { type: 'string', format: 'hostname' },
      uniqueItems: true,
      description: "More names by which the network's other containers find it; only with network.",
    },
    mode: {
      type: 'string',
      enum: ['bridge', 'private', 'vepa', 'passthru', 'l2', 'l3', 'l3s'],
      description: 'Of a macvlan (default bridge) or an ipvlan (default l2).',
    },
    vlan: {
      type: 'integer',
      minimum: 1,
      maximum: 4094,
      description: 'A VLAN of the interface, or of a bridge with vlan_filtering.',
    },
    external: { type: 'boolean', default: false, description: 'It is there already and no task makes it.' },
    interface: { type: 'string', format: 'interface', description: 'Its name inside; by default eth0, eth1, …' },
    host_interface: { type: 'string', format: 'interface', description: "The name of the veth's end on the host." },
    address: {
      anyOf: [
        { const: 'none' },
        { type: 'string', format: 'addressOrCidr' },
        { type: 'array', items: { type: 'string', format: 'addressOrCidr' }, uniqueItems: true },
      ],
      description: "Fixed addresses of either family, or none; by default of the bridge's ranges.",
    },
    gateway: {
      anyOf: [
        { const: 'none' },
        { type: 'string', format: 'address' },
        { type: 'array', items: { type: 'string', format: 'address' }, minItems: 1 },
      ],
      description: "Gateways of either family, or none; by default the bridge's own addresses.",
    },
    onlink: { type: 'boolean', default: false, description: 'The gateway is outside the subnet, but on the link.' },
    mac_address: {
      type: 'string',
      format: 'macOrText',
      description: 'By default 02:42 and the bytes of the IPv4 address; U:TEXT derives it from a text.',
    },
    dhcp: {
      anyOf: [{ type: 'boolean' }, { type: 'string', enum: CLIENTS }],
      default: false,
      description: 'A client in the container asks for the address and renews it; true is udhcpc, of busybox.',
      examples: ['dhclient'],
    },
    dhcp_options: {
      type: 'array',
      items: { type: 'string', format: 'word' },
      description: 'More words for the client.',
      examples: [['-V', 'lab']],
    },
    mtu: { type: 'integer', minimum: 68, maximum: 65535, description: 'By default that of what it is on.' },
  },
} as const;

export type Network = Infer<typeof networkSchema>;

/** What an attachment is on. */
export type Sort = 'bridge' | 'macvlan' | 'ipvlan' | 'physical' | 'network';
const SORTS = ['bridge', 'macvlan', 'ipvlan', 'physical', 'network'] as const;
const MODES: Readonly<Partial<Record<Sort, readonly string[]>>> = {
  macvlan: ['bridge', 'private', 'vepa', 'passthru'],
  ipvlan: ['l2', 'l3', 'l3s'],
};

export const sortOf = (network: Network): Sort => SORTS.find((sort) => network[sort] !== undefined) ?? 'bridge';

/** Whether we give it its MAC, or it has that of the host's interface. */
export const isMacOurs = (network: Network): boolean =>
  network.mac_address !== undefined || ['bridge', 'macvlan'].includes(sortOf(network));

/** Its addresses as they are written; none of them where there shall be none. */
export const writtenAddresses = ({ address }: Network): readonly string[] => (address === 'none' ? [] : list(address));

/** Who asks for its address, if somebody does. */
export const clientOf = ({ dhcp }: Network): Client | undefined =>
  dhcp === true ? 'udhcpc' : dhcp === false ? undefined : dhcp;

/** How a plan tells of that. */
export const askingWords = (network: Network): string[] => {
  const client = clientOf(network);
  return client === undefined ? [] : [`by DHCP (${client})`];
};

/** What only attachments of ours have, and no network of an engine. */
const NOT_OF_ENGINES = ['gateway', 'onlink', 'mtu', 'interface', 'host_interface', 'vlan', 'mode', 'dhcp'] as const;

const one = (sort: Sort): string =>
  sort === 'physical' ? 'an interface of the host' : `${sort === 'ipvlan' ? 'an' : 'a'} ${sort}`;

/** Mistakes that no schema can express. */
export function networkMistakes(network: Network, index: number): Mistake[] {
  const at = (key: string): (string | number)[] => ['networks', index, ...(key === '' ? [] : [key])];
  const mistake = (key: string, code: string, message: string, hint: string): Mistake => ({
    path: at(key),
    code,
    message: `container.networks${key === '' ? '' : `.${key}`}: ${message}`,
    hint,
  });
  const named = SORTS.filter((sort) => network[sort] !== undefined);
  if (named.length === 0) return [mistake('', 'MISSING_KEY', 'needs what it is on', `add one of ${SORTS.join(', ')}`)];
  if (named.length > 1) {
    return [mistake(named[1]!, 'CONFLICT', `is on one thing, not on ${named.join(' and ')}`, 'make it two networks')];
  }
  const sort = sortOf(network);
  const { mode, external, mac_address: mac } = network;
  const foreign = sort === 'network' ? NOT_OF_ENGINES : sort === 'bridge' ? ['aliases' as const] : [];
  const mistakes = foreign
    .filter((key) => network[key] !== undefined && network[key] !== false)
    .map((key) => mistake(key, 'CONFLICT', `has no meaning beside ${sort}`, 'leave one of them out'));
  if (mode !== undefined && !MODES[sort]?.includes(mode)) {
    const [can] = [MODES[sort]];
    mistakes.push(
      mistake(
        'mode',
        'NOT_ALLOWED',
        `${mode} is no mode of ${one(sort)}`,
        can ? `use ${can.join(', ')}` : 'leave it out',
      ),
    );
  }
  if (sort === 'network') return mistakes;
  if (external && sort !== 'bridge') {
    mistakes.push(mistake('external', 'CONFLICT', `is about a bridge, and this is ${one(sort)}`, 'leave it out'));
  }
  if (network.host_interface !== undefined && sort !== 'bridge') {
    const why = `${one(sort)} has no end on the host`;
    mistakes.push(mistake('host_interface', 'CONFLICT', why, 'leave it out'));
  }
  if (mac !== undefined && sort === 'ipvlan') {
    mistakes.push(
      mistake('mac_address', 'CONFLICT', "an ipvlan has its carrier's MAC", 'leave it out, or use macvlan'),
    );
  }
  mistakes.push(...dhcpMistakes(network, mistake));
  for (const text of writtenAddresses(network)) {
    if ((sort === 'bridge' && !external) || text.includes('/')) continue;
    const where = sort === 'bridge' ? 'an external bridge' : one(sort);
    mistakes.push(mistake('address', 'BAD_FORMAT', `${text} needs a prefix on ${where}`, `write ${text}/24, say`));
  }
  return mistakes;
}

type Make = (key: string, code: string, message: string, hint: string) => Mistake;

function dhcpMistakes({ dhcp, dhcp_options, address, gateway, onlink, ipvlan }: Network, mistake: Make): Mistake[] {
  if (dhcp === false) {
    if (dhcp_options === undefined) return [];
    return [mistake('dhcp_options', 'MISSING_KEY', 'nobody asks for an address', 'add dhcp: true')];
  }
  const server = 'the DHCP server says it';
  return [
    ...(address === undefined ? [] : [mistake('address', 'CONFLICT', server, 'leave out address, or dhcp')]),
    ...(gateway === undefined || gateway === 'none'
      ? []
      : [mistake('gateway', 'CONFLICT', server, 'leave it out, or say none')]),
    ...(onlink ? [mistake('onlink', 'CONFLICT', 'is about a gateway, and there is none', 'leave it out')] : []),
    ...(ipvlan === undefined
      ? []
      : [
          mistake(
            'dhcp',
            'CONFLICT',
            "an ipvlan has its carrier's MAC, by which servers know whom they answer",
            'use macvlan',
          ),
        ]),
  ];
}
