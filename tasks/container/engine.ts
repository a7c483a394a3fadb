import { addressOf } from '../../src/address.ts';
import type { Wanted } from '../../src/object.ts';
import { engineContainer, type Endpoint } from '../../src/objects/engine-container.ts';
import { engineEndpoint } from '../../src/objects/engine-endpoint.ts';
import { engineHosts } from '../../src/objects/engine-hosts.ts';
import { sandbox } from '../../src/objects/sandbox.ts';
import type { Context } from '../../src/task.ts';
import { attachmentObjects, bridgePlugs, interfaceOf } from '../attachment.ts';
import { engineNames, metAt } from '../names.ts';
import { list } from '../options.ts';
import { macOf } from '../stacked.ts';
import { loopbackGuards } from './guard.ts';
import { openings } from '../openings.ts';
import { publishObjects } from '../publish.ts';
import { isPluggedOnly, joined, type ContainerOptions } from './options.ts';

type Runtime = Exclude<ContainerOptions['runtime'], 'netns'>;

/** The name that an engine knows a container of the lab by; its namespace in /run/netns has the same one. */
const engineName = (container: string, { lab }: Context): string => `${lab}-${container}`;

/** A container of Docker or podman: on its networks by its own means, on our bridges by ours. */
export function engineObjects(args: ContainerOptions, runtime: Runtime, context: Context): Wanted[] {
  const { name, networks, image = '', command = [], env, network_mode: mode } = args;
  const own = engineName(name, context);
  const other = joined(args);
  const namespace = mode === 'host' || other !== undefined ? undefined : own;
  const endpoints = networks.flatMap((network, index): Endpoint[] => {
    if (network.network === undefined) return [];
    const { addresses } = context.assigned(name, interfaceOf(network, index));
    const aliases = [name, ...list(network.aliases)];
    return [{ network: network.network, addresses: addresses.map(addressOf), aliases }];
  });
  const [first] = endpoints;
  const names = namespace === undefined ? [] : engineNames(args, context);
  const joins = other === undefined ? undefined : engineName(other, context);
  return [
    engineContainer({
      runtime,
      name: own,
      image,
      command,
      options: optionsOf(args, first?.network ?? networkOf(args, joins), context),
      env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)])),
      first,
      namespace,
      joins,
    }),
    ...endpoints.map((endpoint) => engineEndpoint({ ...endpoint, runtime, container: own })),
    ...(namespace === undefined ? [] : [sandbox({ name: namespace, runtime, container: own })]),
    ...openings(name, context),
    ...networks.flatMap((network, index) =>
      network.network === undefined ? attachmentObjects(name, network, index, context) : [],
    ),
    ...(names.length === 0 ? [] : [engineHosts(own, { runtime, container: own, lab: context.lab, lines: names })]),
    ...(isPluggedOnly(args)
      ? publishObjects(args, bridgePlugs(name, networks, context), context)
      : runtime === 'docker'
        ? loopbackGuards(args, runtime, context)
        : []),
  ];
}

/** Who is plugged into bridges of ours needs none of the engine's. */
const networkOf = ({ network_mode: mode, networks }: ContainerOptions, joins: string | undefined): string =>
  joins === undefined ? (mode ?? (networks.length > 0 ? 'none' : 'bridge')) : `container:${joins}`;

/** The options of `docker create` that stay with the container for its life. */
function optionsOf(args: ContainerOptions, network: string, context: Context): Record<string, readonly string[]> {
  const { hostname, ip_forward, sysctls, publish_all } = args;
  const plain = isPluggedOnly(args);
  const first = args.networks.find((one) => one.network !== undefined);
  const forward = ip_forward === undefined ? [] : [4, 6].map((family) => `${FORWARDING[family]}=${ip_forward ? 1 : 0}`);
  const all: Record<string, readonly string[]> = {
    network: [network],
    hostname: list(hostname),
    dns: list(args.dns),
    'dns-search': list(args.dns_search),
    'dns-opt': list(args.dns_opt),
    'add-host': [...list(args.extra_hosts), ...(plain ? linkHosts(args, context) : [])],
    publish: plain ? [] : list(args.publish).map(String),
    'publish-all': publish_all && !plain ? ['true'] : [],
    expose: list(args.expose).map(String),
    link: plain ? [] : linksOf(args).map(({ target, alias }) => `${engineName(target, context)}:${alias}`),
    sysctl: [...forward, ...Object.entries(sysctls).map(([key, value]) => `${key}=${value}`)],
    volume: list(args.volumes),
    'cap-add': list(args.cap_add),
    'mac-address': list(first?.mac_address).map(macOf),
  };
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values.length > 0));
}

const linksOf = ({ links }: ContainerOptions): { readonly target: string; readonly alias: string }[] =>
  list(links).map((link) => {
    const [target = '', alias = target] = link.split(':');
    return { target, alias };
  });

/** An engine knows nothing of addresses on our bridges, so the names of links are told by us. */
const linkHosts = (args: ContainerOptions, context: Context): string[] => {
  const known = new Map(context.containers().map((one) => [one.name, one.addresses]));
  return linksOf(args).flatMap(({ target, alias }) =>
    metAt(args.name, target, known.get(target) ?? [], context).map((address) => `${alias}:${address}`),
  );
};

const FORWARDING: Readonly<Record<number, string>> = { 4: 'net.ipv4.ip_forward', 6: 'net.ipv6.conf.all.forwarding' };
