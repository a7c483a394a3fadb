import { createHash } from 'node:crypto';
import { endNamespace, removeLink } from '../../src/facts/effects.ts';
import type { Engine, EngineContainer } from '../../src/facts/engine.ts';
import { emptyNet, type World } from '../../src/facts/world.ts';

/** An id as engines give them, the same for the same name. */
const idOf = (name: string): string => createHash('sha256').update(name).digest('hex');

let starts = 0;

export const engine = (): Engine => ({
  version: '20.10.24',
  liveRestore: false,
  manager: false,
  containers: [],
  networks: [],
  flags: [],
  stale: false,
  running: [],
});

/** What a container gets when it starts. */
function started(one: EngineContainer): EngineContainer {
  starts += 1;
  const startedAt = `2026-01-01T00:00:${String(starts).padStart(9, '0')}Z`;
  return { ...one, status: 'running', startedAt, sandboxes: [`/run/docker/netns/${one.name}-${starts}`] };
}

/** What only the engine knows about what a plan has made: ids, starts, namespaces. */
export function settleEngines(world: World): void {
  for (const engine of Object.values(world.engines)) {
    engine.networks = engine.networks.map((one) => (one.id === '' ? { ...one, id: idOf(one.name) } : one));
    engine.containers = engine.containers.map((one) => {
      const made = one.sandboxes[0] === 'new' ? started({ ...one, id: idOf(one.name) }) : one;
      if (world.namespaces[one.name] === '-> new') world.namespaces[one.name] = `-> ${made.sandboxes[0]}`;
      const joined = /^container:(.*)$/.exec(made.networkMode)?.[1];
      const other = engine.containers.find(({ name }) => name === joined);
      return other ? { ...made, networkMode: `container:${idOf(other.name)}` } : made;
    });
  }
}

/** After a reboot the engine is there again, and its containers are not running. */
export function rebootEngines(engines: World['engines']): World['engines'] {
  for (const engine of Object.values(engines)) {
    engine.containers = engine.containers.map((one) => ({ ...one, status: 'exited', sandboxes: [] }));
  }
  return engines;
}

/** Cases name a container's namespace as the lab does that looks into it. */
const scopeOf = (name: string): string => (name.startsWith('lab-') ? name : `lab-${name}`);

function enter(world: World, name: string): void {
  const lo = { name: 'lo', index: 1, mac: '', mtu: 65536, up: true, group: 0, addresses: [] };
  world.nets[scopeOf(name)] = { ...emptyNet(), links: [lo] };
  // As Docker has it where it gives no IPv6 itself.
  world.sysctls[`${scopeOf(name)} net/ipv6/conf/lo/disable_ipv6`] = '1';
}

/**
 * `dockerd --FLAG…`, then `docker run|start|stop|restart|pause|rm NAME`, `docker network create|rm|disconnect` and
 * `docker swarm init`.
 */
export function docker(world: World, words: readonly string[]): void {
  const docker = (world.engines.docker ??= engine());
  const flags = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('='));
  const flag = (name: string): string[] => flags.flatMap(([key, ...value]) => (key === name ? [value.join('=')] : []));
  const labels = Object.fromEntries(flag('label').map((label) => label.split('=') as [string, string]));
  const [verb, ...rest] = words.filter((word) => !word.startsWith('--'));
  const [name = '', other = ''] = rest[0] === 'create' || verb === 'network' ? rest.slice(1) : rest;
  const change = (to: (one: EngineContainer) => EngineContainer): void => {
    docker.containers = docker.containers.map((one) => (one.name === name ? to(one) : one));
  };
  switch (verb === 'network' ? `network ${rest[0]}` : verb) {
    case 'run': {
      const [network = 'bridge'] = flag('network');
      const endpoints = flag('network').map((one) => ({ network: one, fixed: [], addresses: [], aliases: [] }));
      docker.containers.push(
        started({
          ...{ id: idOf(name), name, status: 'created', startedAt: '', labels, sandboxes: [] },
          ...{ networkMode: network, endpoints: ['none', 'host'].includes(network) ? [] : endpoints },
        }),
      );
      docker.networks = docker.networks.map((one) =>
        one.name === network ? { ...one, containers: [...one.containers, name] } : one,
      );
      enter(world, name);
      break;
    }
    case 'start':
    case 'restart':
      endNamespace(world, scopeOf(name));
      enter(world, name);
      change(started);
      break;
    case 'stop':
      endNamespace(world, scopeOf(name));
      change((one) => ({ ...one, status: 'exited', sandboxes: [] }));
      break;
    case 'pause':
      change((one) => ({ ...one, status: 'paused' }));
      break;
    case 'rm':
      endNamespace(world, name);
      docker.containers = docker.containers.filter((one) => one.name !== name);
      break;
    case 'swarm':
      world.engines.docker = { ...docker, manager: name === 'init' };
      break;
    case 'network create':
      docker.networks.push({
        ...{ id: idOf(`${name} ${docker.networks.length}`), name, driver: flag('driver')[0] ?? 'bridge', labels },
        ...{ subnets: flag('subnet').map((subnet) => ({ subnet })), containers: [] },
      });
      break;
    case 'network rm':
      for (const one of docker.networks) if (one.name === name && one.bridge) removeLink(world, '', one.bridge);
      docker.networks = docker.networks.filter((one) => one.name !== name);
      break;
    case 'network disconnect':
      docker.containers = docker.containers.map((one) =>
        one.name === other ? { ...one, endpoints: one.endpoints.filter(({ network }) => network !== name) } : one,
      );
      break;
    default:
      throw new Error(`no such command: docker ${words.join(' ')}`);
  }
}
