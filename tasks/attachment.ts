import { addressOf, familyOf, hostEndName, macFromHash, macOfHostEnd, readAddress, readCidr } from '../src/address.ts';
import { HOST, type Scope } from '../src/command.ts';
import type { Wanted } from '../src/object.ts';
import { address } from '../src/objects/address.ts';
import { announcement } from '../src/objects/announcement.ts';
import { child, sharedVlan, vlanName } from '../src/objects/child.ts';
import { lease } from '../src/objects/lease.ts';
import { nic } from '../src/objects/nic.ts';
import { portVlans } from '../src/objects/port-vlans.ts';
import { raised } from '../src/objects/raised.ts';
import { route } from '../src/objects/route.ts';
import { veth } from '../src/objects/veth.ts';
import { sysctl } from '../src/objects/sysctl.ts';
import type { Context, Reference } from '../src/task.ts';
import type { Attachment } from '../src/topology.ts';
import { clientOf, sortOf, writtenAddresses, type Network } from './network.ts';
import { list } from './options.ts';
import { macOf } from './stacked.ts';

export const interfaceOf = (network: Network, index: number): string => network.interface ?? `eth${index}`;

/** Bridges and networks that a task of the same host must make. */
export const attachmentReferences = (networks: readonly Network[]): Reference[] =>
  networks.flatMap(({ bridge, network, external }, index): Reference[] => {
    if (external) return [];
    if (network !== undefined) return [{ type: 'network', name: network, path: ['networks', index, 'network'] }];
    return bridge === undefined ? [] : [{ type: 'bridge', name: bridge, path: ['networks', index, 'bridge'] }];
  });

/** Its addresses on bridges, by which it is met. */
export const bridgePlugs = (
  container: string,
  networks: readonly Network[],
  { assigned }: Context,
): { readonly bridge: string; readonly addresses: readonly string[] }[] =>
  networks.flatMap((network, index) =>
    network.bridge === undefined
      ? []
      : [{ bridge: network.bridge, addresses: assigned(container, interfaceOf(network, index)).addresses }],
  );

/** The name of an engine's network among the segments; a bridge may have the same. */
export const networkSegment = (name: string): string => `network ${name}`;

const segmentOf = ({ bridge, network }: Network): string | undefined =>
  network === undefined ? bridge : networkSegment(network);

/** What the address plan has to know of it; `served` by somebody else with default routes. */
export const attachmentOf = (container: string, network: Network, index: number, served = false): Attachment => ({
  container,
  interface: interfaceOf(network, index),
  segment: network.external ? undefined : segmentOf(network),
  wire: wireOf(network),
  unnumbered: network.address === 'none' || network.dhcp !== false,
  addresses: writtenAddresses(network).map((text) => (text.includes('/') ? readCidr(text)! : readAddress(text)!)),
  gateways:
    network.gateway === 'none' || network.dhcp !== false || (served && network.gateway === undefined)
      ? 'none'
      : (list(network.gateway) as string[]).map((text) => readAddress(text)!),
  mac: network.mac_address === undefined ? undefined : macOf(network.mac_address),
  onlink: network.onlink,
  path: ['networks', index],
});

const wireOf = ({ macvlan, ipvlan, vlan }: Network): string | undefined => {
  const carrier = macvlan ?? ipvlan;
  return carrier === undefined ? undefined : `${carrier}${vlan === undefined ? '' : ` VLAN ${vlan}`}`;
};

/** An interface in the container, its addresses and its default routes. */
export function attachmentObjects(container: string, network: Network, index: number, context: Context): Wanted[] {
  const scope = context.scope(container);
  const dev = interfaceOf(network, index);
  const { addresses: assigned, gateways } = context.assigned(container, dev);
  const plugs = { bridge: plugged, network: plugged, macvlan: stacked, ipvlan: stacked, physical: lent };
  return [
    ...plugs[sortOf(network)](container, network, dev, context),
    ...addressing(context, container, dev, assigned),
    ...gateways.flatMap((gateway) => gatewayRoutes(scope, dev, gateway, network.onlink)),
    ...asking(container, network, dev, context),
    ...(assigned.length > 0 && hasSettableMac(network) ? [announcement(scope, { dev, addresses: assigned })] : []),
  ];
}

/** Who asks for its address by DHCP. */
function asking(container: string, network: Network, dev: string, { scope }: Context): Wanted[] {
  const client = clientOf(network);
  if (client === undefined) return [];
  const { gateway, dhcp_options: options = [] } = network;
  return [lease(scope(container), { dev, client, hostname: container, routes: gateway !== 'none', options })];
}

/** An ipvlan has its carrier's MAC, and an interface of the host may not let its own be set. */
const hasSettableMac = ({ ipvlan, physical, vlan }: Network): boolean =>
  ipvlan === undefined && (physical === undefined || vlan !== undefined);

type Plug = (container: string, network: Network, dev: string, context: Context) => Wanted[];

/** A veth whose other end is a port of the bridge. */
const plugged: Plug = (container, network, dev, { lab, scope, segment: declared, assigned }) => {
  const segment = declared(network.bridge!);
  const { mac } = assigned(container, dev);
  const name = network.host_interface ?? hostEndName(lab, container, dev);
  return [
    veth(HOST, {
      name,
      master: network.bridge,
      mtu: network.mtu ?? segment?.mtu,
      isolated: segment?.isolated,
      mac: macOfHostEnd(mac),
      peer: { scope: scope(container), name: dev, mac },
    }),
    ...(network.vlan === undefined
      ? []
      : [portVlans({ port: name, bridge: network.bridge!, access: network.vlan, tagged: [] })]),
  ];
};

/** A macvlan or ipvlan on an interface of the host, or on a VLAN of that. */
const stacked: Plug = (container, network, dev, { scope, assigned }) => {
  const kind = network.macvlan === undefined ? 'ipvlan' : 'macvlan';
  const carrier = (network.macvlan ?? network.ipvlan)!;
  const { vlan, mtu, mode = kind === 'macvlan' ? 'bridge' : 'l2' } = network;
  const tagged = vlan === undefined ? undefined : { name: vlanName(carrier, vlan), parent: carrier, vlan };
  return [
    raised(carrier),
    ...(tagged ? [sharedVlan(tagged)] : []),
    child(scope(container), {
      name: dev,
      kind,
      parent: tagged?.name ?? carrier,
      parentScope: HOST,
      mode,
      mtu,
      mac: kind === 'macvlan' ? assigned(container, dev).mac : undefined,
    }),
  ];
};

/** The interface itself, or a VLAN of it that nobody else has. */
const lent: Plug = (container, network, dev, { scope }) => {
  const { physical: link, vlan, mtu, mac_address: given } = network;
  const mac = given === undefined ? undefined : macOf(given);
  const into = scope(container);
  if (vlan === undefined) return [nic({ link: link!, into, as: dev, mac, mtu })];
  return [raised(link!), child(into, { name: dev, kind: 'vlan', parent: link!, parentScope: HOST, vlan, mac, mtu })];
};

/** Its addresses; an engine switches IPv6 off where it gives none itself. */
function addressing({ scope: scopeOf, engine }: Context, container: string, dev: string, cidrs: readonly string[]) {
  const scope = scopeOf(container);
  const six = cidrs.some((cidr) => familyOf(cidr) === 6) && engine(container) !== undefined;
  return [
    // On its loopback too, or it could not reach itself.
    ...(six ? ['lo', dev] : []).map((name) => sysctl(scope, `net/ipv6/conf/${name}/disable_ipv6`, '0')),
    ...cidrs.map((cidr) => address(scope, dev, cidr)),
  ];
}

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
