import { isDeepStrictEqual } from 'node:util';
import { findContainer, findNetworks, type EngineEndpoint, type EngineNetwork, type Runtime } from '../facts/engine.ts';
import type { World } from '../facts/world.ts';
import type { ObjectType, Verdict, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { endpointFact, endpointFlags, type Endpoint } from './engine-container.ts';
import { engineOf, engineRun, engineTrouble } from './engine.ts';

interface EndpointData extends Endpoint {
  readonly runtime: Runtime;
  readonly container: string;
}

/** A container on a network of its engine: `docker network connect`. It goes with the container's namespace. */
export const engineEndpoint = (data: EndpointData): Wanted<EndpointData> => ({
  type: 'engine_endpoint',
  scope: data.container,
  data,
});

/** The network of a name, unless there is none or, as Docker allows, several. */
export function theNetwork(world: World, runtime: Runtime, name: string): EngineNetwork | { refused: Verdict } {
  const [network, ...others] = findNetworks(world.engines[runtime], name);
  // Only its managers know whether the swarm has it.
  if (!network && runtime === 'docker' && world.engines.docker?.worker === true) {
    return { id: '', name, driver: 'overlay', labels: {}, subnets: [], containers: [] };
  }
  if (!network) {
    const message = `${runtime} has no network ${name} on this host`;
    const hint = runtime === 'docker' ? 'add a docker_network task, or make it by hand' : 'make it by hand';
    return { refused: refuse('MISSING_NETWORK', message, hint) };
  }
  if (others.length === 0) return network;
  const ids = [network, ...others].map(({ id }) => id.slice(0, 12)).join(', ');
  const message = `${runtime} has ${others.length + 1} networks named ${name}: ${ids}`;
  return { refused: refuse('DUPLICATE_NETWORK', message, `remove all but one by id: ${runtime} network rm ID`) };
}

const isSame = (found: EngineEndpoint, wanted: EndpointData, network: EngineNetwork): boolean =>
  hasAddresses(found, wanted, network) && wanted.aliases.every((alias) => found.aliases.includes(alias));

function hasAddresses(found: EngineEndpoint, { runtime, addresses }: EndpointData, { driver }: EngineNetwork): boolean {
  // What was asked for podman does not tell, only what there is while it runs.
  if (runtime === 'podman') {
    return found.addresses.length === 0 || addresses.every((one) => found.addresses.includes(one));
  }
  // What a swarm chose it shows as if it had been asked for.
  if (driver === 'overlay' && addresses.length === 0) return true;
  return isDeepStrictEqual(found.fixed.toSorted(), addresses.toSorted());
}

const show = (addresses: readonly string[]): string => (addresses.length === 0 ? 'any' : addresses.join(', '));

function setEndpoint(world: World, { runtime, container, network }: EndpointData, endpoint?: EngineEndpoint): void {
  const engine = engineOf(world, runtime);
  engine.containers = engine.containers.map((one) => {
    if (one.name !== container) return one;
    const others = one.endpoints.filter((other) => other.network !== network);
    return { ...one, endpoints: endpoint ? [...others, endpoint] : others };
  });
  engine.networks = engine.networks.map((one) => {
    if (one.name !== network) return one;
    const others = one.containers.filter((name) => name !== container);
    return { ...one, containers: endpoint ? [...others, container] : others };
  });
}

export const engineEndpointType: ObjectType<EndpointData> = {
  type: 'engine_endpoint',
  volatile: false,
  shared: false,
  id: ({ network }) => network,
  reads: ({ data: { runtime, container } }) => [
    { fact: 'container', runtime, name: container, scope: container },
    { fact: 'networks', runtime },
  ],
  diff({ data }, { world }) {
    const { runtime, container, network: name } = data;
    const trouble = engineTrouble(world, runtime);
    if (trouble) return trouble;
    const network = theNetwork(world, runtime, name);
    if ('refused' in network) return network.refused;
    const found = findContainer(world.engines[runtime], container)?.endpoints.find((one) => one.network === name);
    if (found && isSame(found, data, network)) return [];
    const at = network.id === '' ? name : network.id;
    const connect = ['network', 'connect', ...endpointFlags(data, '--alias'), at, container];
    return [
      {
        verb: found ? '~' : '+',
        what: `network ${name}`,
        why: found ? `${show(found.fixed)} -> ${show(data.addresses)}` : 'missing',
        commands: [
          ...(found ? [engineRun(runtime, ['network', 'disconnect', at, container], container)] : []),
          engineRun(runtime, connect, container),
        ],
        effect: (after) => {
          setEndpoint(after, data, endpointFact(data));
        },
      },
    ];
  },
  before: () => ({}),
  remove({ data }, { world }) {
    const { runtime, container, network } = data;
    const found = findContainer(world.engines[runtime], container);
    if (found?.endpoints.some((one) => one.network === network) !== true) return [];
    return [
      {
        verb: '-',
        what: `network ${network}`,
        why: 'remove',
        commands: [engineRun(runtime, ['network', 'disconnect', network, container], container)],
        effect: (after) => {
          setEndpoint(after, data);
        },
      },
    ];
  },
};
