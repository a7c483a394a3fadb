import { addressOf, familyOf, hostEndName, macFromHash, readAddress, readCidr, readMac } from '../src/address.ts';
import { HOST, type Scope } from '../src/command.ts';
import type { Infer } from '../src/infer.ts';
import type { Wanted } from '../src/object.ts';
import { address } from '../src/objects/address.ts';
import { route } from '../src/objects/route.ts';
import { sysctl } from '../src/objects/sysctl.ts';
import { veth } from '../src/objects/veth.ts';
import type { Context, Mistake, Reference } from '../src/task.ts';
import type { Attachment } from '../src/topology.ts';
import { list } from './options.ts';

const addresses = {
  anyOf: [
    { type: 'string', format: 'addressOrCidr' },
    { type: 'array', items: { type: 'string', format: 'addressOrCidr' }, uniqueItems: true },
  ],
} as const;

/** As Docker has them. */
export const NETWORK_NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';

/** One entry of a container's `networks`. */
export const attachmentSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    bridge: { type: 'string', format: 'interface', description: 'The bridge to plug into.' },
    network: {
      type: 'string',
      pattern: NETWORK_NAME,
      description: "Instead of a bridge: a network of the container's own engine, as docker_network makes them.",
    },
    aliases: {
      type: 'array',
      items: { type: 'string', format: 'hostname' },
      uniqueItems: true,
      description: "More names by which the network's other containers find it; only with network.",
    },
    external: { type: 'boolean', default: false, description: 'It is there already and no task makes it.' },
    interface: { type: 'string', format: 'interface', description: 'Its name inside; by default eth0, eth1, …' },
    address: { ...addresses, description: 'Fixed addresses of either family; without them they are allocated.' },
    gateway: {
      anyOf: [
        { const: 'none' },
        { type: 'string', format: 'address' },
        { type: 'array', items: { type: 'string', format: 'address' }, minItems: 1 },
      ],
      description: "Gateways of either family, or none; by default the bridge's own addresses.",
    },
    onlink: { type: 'boolean', default: false, description: 'The gateway is outside the subnet, but on the link.' },
    mac_address: { type: 'string', format: 'mac', description: 'By default 02:42 and the bytes of the IPv4 address.' },
    mtu: { type: 'integer', minimum: 68, maximum: 65535, description: "By default the bridge's." },
  },
} as const;

type Network = Infer<typeof attachmentSchema>;

export const interfaceOf = (network: Network, index: number): string => network.interface ?? `eth${index}`;

/** An external bridge has no subnet that we know, so an address on it must say its own. */
export const attachmentMistakes = (network: Network, index: number): Mistake[] => [
  ...formMistakes(network, index),
  ...list(network.address).flatMap((text) =>
    network.external && network.bridge !== undefined && !text.includes('/')
      ? [
          {
            path: ['networks', index, 'address'],
            code: 'BAD_FORMAT',
            message: `container.networks.address: ${text} needs a prefix on an external bridge`,
            hint: `write ${text}/24, say`,
          },
        ]
      : [],
  ),
];

/** What only bridges of ours have, and what only networks of an engine have. */
const OF_BRIDGES = ['gateway', 'onlink', 'mtu', 'interface'] as const;

function formMistakes(network: Network, index: number): Mistake[] {
  const path = ['networks', index];
  const { bridge, network: name, aliases } = network;
  if (bridge === undefined && name === undefined) {
    const hint = 'name the bridge, or the network of its engine';
    return [{ path, code: 'MISSING_KEY', message: 'container.networks: needs bridge or network', hint }];
  }
  const wrong =
    bridge === undefined
      ? OF_BRIDGES.filter((key) => network[key] !== undefined && network[key] !== false)
      : [...(name === undefined ? [] : ['network']), ...(aliases === undefined ? [] : ['aliases'])];
  return wrong.map((key) => ({
    path: [...path, key],
    code: 'CONFLICT',
    message: `container.networks.${key}: has no meaning beside ${bridge === undefined ? 'network' : 'bridge'}`,
    hint: 'leave one of them out',
  }));
}

/** Bridges and networks that a task of the same host must make. */
export const attachmentReferences = (networks: readonly Network[]): Reference[] =>
  networks.flatMap(({ bridge, network, external }, index): Reference[] => {
    if (external) return [];
    if (network !== undefined) return [{ type: 'network', name: network, path: ['networks', index, 'network'] }];
    return bridge === undefined ? [] : [{ type: 'bridge', name: bridge, path: ['networks', index, 'bridge'] }];
  });

/** The name of an engine's network among the segments; a bridge may have the same. */
export const networkSegment = (name: string): string => `network ${name}`;

const segmentOf = ({ bridge, network }: Network): string | undefined =>
  network === undefined ? bridge : networkSegment(network);

/** What the address plan has to know of it; `served` by somebody else with default routes. */
export const attachmentOf = (container: string, network: Network, index: number, served = false): Attachment => ({
  container,
  interface: interfaceOf(network, index),
  segment: network.external ? undefined : segmentOf(network),
  addresses: list(network.address).map((text) => (text.includes('/') ? readCidr(text)! : readAddress(text)!)),
  gateways:
    network.gateway === 'none' || (served && network.gateway === undefined)
      ? 'none'
      : (list(network.gateway) as string[]).map((text) => readAddress(text)!),
  mac: network.mac_address === undefined ? undefined : readMac(network.mac_address),
  onlink: network.onlink,
  path: ['networks', index],
});

/** A veth into the container, its addresses and its default routes. */
export function attachmentObjects(container: string, network: Network, index: number, context: Context): Wanted[] {
  const scope = context.scope(container);
  const dev = interfaceOf(network, index);
  const { addresses: assigned, mac, gateways } = context.assigned(container, dev);
  const { bridge = '' } = network;
  const segment = context.segment(bridge);
  const mtu = network.mtu ?? segment?.mtu;
  return [
    veth(HOST, {
      name: hostEndName(context.lab, container, dev),
      master: bridge,
      mtu,
      isolated: segment?.isolated,
      mac: hostEndMac(mac),
      peer: { scope, name: dev, mac },
    }),
    ...addressing(context, container, dev, assigned),
    ...gateways.flatMap((gateway) => gatewayRoutes(scope, dev, gateway, network.onlink)),
  ];
}

/** Its addresses; an engine switches IPv6 off where it gives none itself. */
function addressing({ scope: scopeOf, engine }: Context, container: string, dev: string, cidrs: readonly string[]) {
  const scope = scopeOf(container);
  const six = cidrs.some((cidr) => familyOf(cidr) === 6) && engine(container) !== undefined;
  return [
    ...(six ? [sysctl(scope, `net/ipv6/conf/${dev}/disable_ipv6`, '0')] : []),
    ...cidrs.map((cidr) => address(scope, dev, cidr)),
  ];
}

/**
 * A bridge whose MAC nobody fixed takes the lowest of its ports; an external one must not change because of us, so the
 * host's end is high, as libvirt has it. It may not be the container's own: the bridge would keep its packets.
 */
const hostEndMac = (mac: string): string => `${mac.startsWith('fe') ? 'fa' : 'fe'}${mac.slice(2)}`;

function gatewayRoutes(scope: Scope, dev: string, gateway: string, onlink: boolean): Wanted[] {
  const family = familyOf(gateway);
  const device = { family, to: `${gateway}/${family === 4 ? 32 : 128}`, dev };
  return [...(onlink ? [route(scope, device)] : []), route(scope, { family, to: 'default', via: gateway, dev })];
}

/** An end of a point-to-point link: a single address gets a device route to the other end (the article). */
export function pointToPointObjects(
  context: Context,
  container: string | undefined,
  dev: string,
  own: readonly string[],
  other: readonly string[],
): Wanted[] {
  const scope = context.scope(container);
  const single = (cidr: string): boolean => /\/(32|128)$/.test(cidr);
  const families = new Set(own.filter(single).map(familyOf));
  const there = other.map(addressOf).filter((text) => families.has(familyOf(text)));
  return [
    ...(container === undefined
      ? own.map((cidr) => address(scope, dev, cidr))
      : addressing(context, container, dev, own)),
    ...there.map((text) => {
      const family = familyOf(text);
      return route(scope, { family, to: `${text}/${family === 4 ? 32 : 128}`, dev });
    }),
  ];
}

export const linkMac = (lab: string, container: string | undefined, dev: string): string =>
  macFromHash(`${lab}/${container ?? ''}/${dev}`);
