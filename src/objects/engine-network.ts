import { createHash } from 'node:crypto';
import { familyOf, networkOf, overlaps } from '../address.ts';
import { HOST, type Command } from '../command.ts';
import { removeLink } from '../facts/effects.ts';
import type { Capability } from '../facts/capability.ts';
import { findNetworks, type EngineNetwork } from '../facts/engine.ts';
import { findLink, type World } from '../facts/world.ts';
import type { Ground, ObjectType, Verdict, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { lacking } from './capability.ts';
import { theNetwork } from './engine-endpoint.ts';
import { DIGEST_LABEL, engineOf, engineRun, engineTrouble, foreign, isOfLab, LAB_LABEL } from './engine.ts';

export interface EngineNetworkData {
  readonly name: string;
  readonly driver: string;
  readonly subnets: readonly {
    readonly subnet: string;
    readonly gateway?: string | undefined;
    readonly ipRange?: string | undefined;
  }[];
  readonly reserved: Readonly<Record<string, string>>;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A network of Docker's own. */
export const engineNetwork = (data: EngineNetworkData): Wanted<EngineNetworkData> => ({
  type: 'engine_network',
  scope: HOST,
  data,
});

/** One of which nothing is known but its name. */
export const networkNamed = (name: string): Wanted<EngineNetworkData> =>
  engineNetwork({
    ...{ name, driver: '', subnets: [], reserved: {}, internal: false, attachable: false, options: {}, labels: {} },
  });

const digestOf = (data: EngineNetworkData): string =>
  createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);

function creation(lab: string, data: EngineNetworkData): Command {
  const { name, driver, subnets, reserved, internal, attachable, options, labels } = data;
  const own = { ...labels, [LAB_LABEL]: lab, [DIGEST_LABEL]: digestOf(data) };
  const pairs = (flag: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values).map(([key, value]) => `--${flag}=${key}=${value}`);
  return engineRun('docker', [
    ...['network', 'create', `--driver=${driver}`],
    ...subnets.flatMap(({ subnet, gateway, ipRange }) => [
      `--subnet=${subnet}`,
      ...(ipRange === undefined ? [] : [`--ip-range=${ipRange}`]),
      ...(gateway === undefined ? [] : [`--gateway=${gateway}`]),
    ]),
    ...pairs('aux-address', reserved),
    ...(subnets.some(({ subnet }) => familyOf(subnet) === 6) ? ['--ipv6'] : []),
    ...(internal ? ['--internal'] : []),
    ...(attachable ? ['--attachable'] : []),
    ...pairs('opt', options),
    ...pairs('label', own),
    name,
  ]);
}

/** Docker does not see what the host has on a link that is down, or on one that came later. */
function rival({ driver, subnets }: EngineNetworkData, world: World, own: string | undefined): Verdict | undefined {
  if (driver !== 'bridge') return undefined;
  for (const { subnet } of subnets) {
    for (const { name, addresses } of world.nets[HOST]?.links ?? []) {
      const clash = addresses.find(({ cidr }) => name !== own && overlaps(networkOf(cidr), subnet));
      if (!clash) continue;
      return refuse(
        'SUBNET_IN_USE',
        `${subnet} shares addresses with ${clash.cidr}, which this host has on ${name}`,
        'choose another subnet: the host sends packets for an address one way only',
      );
    }
  }
  return undefined;
}

const isShared = ({ driver }: EngineNetworkData): boolean => driver === 'macvlan' || driver === 'ipvlan';

/** Docker makes eth0.20 itself where it is not there. */
const VLAN = /^(.+)\.[0-9]+$/;

/** What Docker asks the kernel for, some of it only when a container is started. */
const needed = (data: EngineNetworkData): Capability[] =>
  isShared(data)
    ? [
        data.driver === 'ipvlan' ? 'ipvlan' : 'macvlan',
        ...(VLAN.test(data.options.parent ?? '') ? ['vlan' as const] : []),
      ]
    : [];

/** What its containers would share with the host is not there, or the kernel cannot share it. */
function unshared(data: EngineNetworkData, world: World): Verdict | undefined {
  const { parent } = data.options;
  if (!isShared(data) || parent === undefined) return undefined;
  const isThere = findLink(world, HOST, parent) !== undefined;
  if (!isThere && findLink(world, HOST, VLAN.exec(parent)?.[1] ?? '') === undefined) {
    return refuse('MISSING_LINK', `there is no link ${parent} on this host`, 'name the interface that they share');
  }
  const lacks = needed(data).map((name) =>
    isThere && name === 'vlan' ? undefined : lacking(world, name, `the network ${data.name}`),
  );
  return lacks.find((verdict) => verdict !== undefined);
}

/**
 * Removes a network of the swarm, `$0` by name or id, and ends when it is no more: the swarm takes it away some time after
 * it was told to, and not while containers that go meanwhile on other hosts are on it. Twenty seconds are long for that.
 */
const OUT_OF_SWARM = `n=0 told=
while docker network inspect "$0" >/dev/null 2>&1; do
  [ -n "$told" ] || { said=$(docker network rm "$0" 2>&1) && told=yes; }
  [ $n -lt 200 ] || { echo "$said" >&2; exit 1; }
  n=$((n + 1)); sleep 0.1
done`;

/** Nobody is on it any more when it goes; who stays is plugged in elsewhere when his task comes. */
function removal({ id, name, driver, containers }: EngineNetwork): Command[] {
  const which = id === '' ? name : id;
  return [
    ...containers.map((one) => engineRun('docker', ['network', 'disconnect', '--force', which, one], one)),
    driver === 'overlay'
      ? { do: 'run', scope: HOST, argv: ['sh', '-c', OUT_OF_SWARM, which] }
      : engineRun('docker', ['network', 'rm', which]),
  ];
}

function gone(world: World, { name, bridge }: EngineNetwork): void {
  const engine = engineOf(world, 'docker');
  engine.networks = engine.networks.filter((one) => one.name !== name);
  engine.containers = engine.containers.map((one) => ({
    ...one,
    endpoints: one.endpoints.filter(({ network }) => network !== name),
  }));
  if (bridge !== undefined) removeLink(world, HOST, bridge);
}

function born(world: World, lab: string, data: EngineNetworkData): void {
  engineOf(world, 'docker').networks.push({
    ...{ id: '', name: data.name, driver: data.driver, subnets: data.subnets, containers: [] },
    labels: { ...data.labels, [LAB_LABEL]: lab, [DIGEST_LABEL]: digestOf(data) },
  });
}

/** Docker's option for the name of the bridge that it makes. */
const BRIDGE_NAME = 'com.docker.network.bridge.name';

const AT_WORKER = 'leave the task to a manager; here containers say "external: true" beside its name';

/** Who is on it and not ours, so that it can neither be made anew nor go. */
function inUse(network: EngineNetwork, { world, lab }: Ground): Verdict | undefined {
  const ours = world.engines.docker?.containers.filter((one) => isOfLab(one, lab)).map(({ name }) => name) ?? [];
  const others = network.containers.filter((name) => !ours.includes(name));
  if (others.length === 0) return undefined;
  return refuse(
    'IN_USE',
    `the network ${network.name} has containers that are not ours: ${others.join(', ')}`,
    'take them off it first',
  );
}

export const engineNetworkType: ObjectType<EngineNetworkData> = {
  type: 'engine_network',
  volatile: false,
  shared: false,
  id: ({ name }) => name,
  holds: ({ data: { name, subnets, options } }) => {
    const by = `docker_network ${name}`;
    const bridge = options[BRIDGE_NAME];
    return [
      ...subnets.map(({ subnet }) => ({ what: `the subnet ${subnet}`, by, subnet, whole: true }) as const),
      ...(bridge === undefined ? [] : [{ what: `the name ${bridge}`, by }]),
    ];
  },
  reads: ({ data }) => [
    { fact: 'networks', runtime: 'docker' },
    ...needed(data).map((name) => ({ fact: 'capability', name }) as const),
    ...(isShared(data) ? [{ fact: 'net', scope: HOST } as const] : []),
  ],
  diff({ data }, ground) {
    const { world, lab } = ground;
    const { name } = data;
    const trouble = engineTrouble(world, 'docker');
    if (trouble) return trouble;
    if (data.driver === 'overlay' && world.engines.docker?.manager !== true) {
      return world.engines.docker?.worker === true
        ? refuse(
            'NO_SWARM',
            `the overlay network ${name} is made by a manager of the swarm, not by a worker`,
            AT_WORKER,
          )
        : refuse('NO_SWARM', `the overlay network ${name} needs a manager of a swarm`, 'run `docker swarm init`');
    }
    const commands = [creation(lab, data)];
    const effect = (after: World): void => {
      born(after, lab, data);
    };
    if (findNetworks(world.engines.docker, name).length === 0) {
      const refused = unshared(data, world) ?? rival(data, world, undefined);
      return refused ?? [{ verb: '+', what: name, why: 'missing', commands, effect }];
    }
    const found = theNetwork(world, 'docker', name);
    if ('refused' in found) return found.refused;
    if (!isOfLab(found, lab)) return foreign(`the network ${name} of docker`, found);
    if (found.labels[DIGEST_LABEL] === digestOf(data)) return [];
    const refused = inUse(found, ground) ?? unshared(data, world) ?? rival(data, world, found.bridge);
    if (refused) return refused;
    return [
      {
        verb: '~',
        what: name,
        why: `made anew: ${reasons(ground.entry?.data as EngineNetworkData | undefined, data)}`,
        commands: [...removal(found), ...commands],
        effect: (after) => {
          gone(after, found);
          born(after, lab, data);
        },
      },
    ];
  },
  before: () => ({}),
  remove({ data }, ground) {
    const found = theNetwork(ground.world, 'docker', data.name);
    if ('refused' in found) return 'DUPLICATE_NETWORK' === codeOf(found.refused) ? found.refused : [];
    if (!isOfLab(found, ground.lab)) return [];
    const refused = inUse(found, ground);
    if (refused) return refused;
    return [
      {
        verb: '-',
        what: data.name,
        why: 'remove',
        commands: removal(found),
        effect: (after) => {
          gone(after, found);
        },
      },
    ];
  },
};

const codeOf = (verdict: Verdict): string | undefined => ('refuse' in verdict ? verdict.refuse.code : undefined);

/** Of whatever depth, without the names that only JSON needs. */
function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value))
    return (
      value
        .map((one) =>
          Object.values(one as object)
            .filter(Boolean)
            .join(' '),
        )
        .join(', ') || 'none'
    );
  const pairs = Object.entries(value).map(([key, one]) => `${key}=${one}`);
  return pairs.join(' ') || 'none';
}

function reasons(had: EngineNetworkData | undefined, want: EngineNetworkData): string {
  if (had === undefined) return 'was made otherwise';
  const keys = Object.keys(want) as (keyof EngineNetworkData)[];
  return keys
    .filter((key) => text(had[key]) !== text(want[key]))
    .map((key) => `${key} ${text(had[key])} -> ${text(want[key])}`)
    .join(', ');
}
