import { addressOf, familyOf, hostEndName, macFromHash, readAddress, readCidr, readMac } from '../src/address.ts';
import { HOST, type Scope } from '../src/command.ts';
import type { Infer } from '../src/infer.ts';
import type { Wanted } from '../src/object.ts';
import { address } from '../src/objects/address.ts';
import { route } from '../src/objects/route.ts';
import { veth } from '../src/objects/veth.ts';
import type { Context, Mistake } from '../src/task.ts';
import type { Attachment } from '../src/topology.ts';
import { list } from './options.ts';

const addresses = {
  anyOf: [
    { type: 'string', format: 'addressOrCidr' },
    { type: 'array', items: { type: 'string', format: 'addressOrCidr' }, uniqueItems: true },
  ],
} as const;

/** One entry of a container's `networks`. */
export const attachmentSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['bridge'],
  properties: {
    bridge: { type: 'string', format: 'interface', description: 'The bridge to plug into.' },
    external: { type: 'boolean', default: false, description: 'The bridge is there already and no task makes it.' },
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
export const attachmentMistakes = (network: Network, index: number): Mistake[] =>
  list(network.address).flatMap((text) =>
    network.external && !text.includes('/')
      ? [
          {
            path: ['networks', index, 'address'],
            code: 'BAD_FORMAT',
            message: `container.networks.address: ${text} needs a prefix on an external bridge`,
            hint: `write ${text}/24, say`,
          },
        ]
      : [],
  );

/** What the address plan has to know of it. */
export const attachmentOf = (container: string, network: Network, index: number): Attachment => ({
  container,
  interface: interfaceOf(network, index),
  segment: network.external ? undefined : network.bridge,
  addresses: list(network.address).map((text) => (text.includes('/') ? readCidr(text)! : readAddress(text)!)),
  gateways: network.gateway === 'none' ? 'none' : (list(network.gateway) as string[]).map((text) => readAddress(text)!),
  mac: network.mac_address === undefined ? undefined : readMac(network.mac_address),
  onlink: network.onlink,
  path: ['networks', index],
});

/** A veth into the container, its addresses and its default routes. */
export function attachmentObjects(container: string, network: Network, index: number, context: Context): Wanted[] {
  const scope = context.scope(container);
  const dev = interfaceOf(network, index);
  const { addresses: assigned, mac, gateways } = context.assigned(container, dev);
  const segment = context.segment(network.bridge);
  const mtu = network.mtu ?? segment?.mtu;
  return [
    veth(HOST, {
      name: hostEndName(context.lab, container, dev),
      master: network.bridge,
      mtu,
      isolated: segment?.isolated,
      mac: hostEndMac(mac),
      peer: { scope, name: dev, mac },
    }),
    ...assigned.map((cidr) => address(scope, dev, cidr)),
    ...gateways.flatMap((gateway) => gatewayRoutes(scope, dev, gateway, network.onlink)),
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
  scope: Scope,
  dev: string,
  own: readonly string[],
  other: readonly string[],
): Wanted[] {
  const single = (cidr: string): boolean => /\/(32|128)$/.test(cidr);
  const families = new Set(own.filter(single).map(familyOf));
  const there = other.map(addressOf).filter((text) => families.has(familyOf(text)));
  return [
    ...own.map((cidr) => address(scope, dev, cidr)),
    ...there.map((text) => {
      const family = familyOf(text);
      return route(scope, { family, to: `${text}/${family === 4 ? 32 : 128}`, dev });
    }),
  ];
}

export const linkMac = (lab: string, container: string | undefined, dev: string): string =>
  macFromHash(`${lab}/${container ?? ''}/${dev}`);
