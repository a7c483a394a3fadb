import { readShaped, shaped } from './shape.ts';

/** A program that runs containers, and answers to Docker's words on its command line. */
export type Runtime = 'docker' | 'podman';

/** What a container has on one network of its engine. */
export interface EngineEndpoint {
  readonly network: string;
  /** As they were asked for; an engine's own choice changes with every start. */
  readonly fixed: readonly string[];
  /** As they are now, without prefix; none while it does not run. */
  readonly addresses: readonly string[];
  readonly aliases: readonly string[];
}

export interface EngineContainer {
  readonly id: string;
  readonly name: string;
  /** `running`, `exited`, `paused`, … */
  status: string;
  readonly startedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `none`, `host`, `bridge`, `container:ID`, or the name of its first network. */
  readonly networkMode: string;
  /** Files that are its network namespace, the engine's own first; none while it does not run. */
  readonly sandboxes: readonly string[];
  endpoints: readonly EngineEndpoint[];
}

export interface EngineSubnet {
  readonly subnet: string;
  readonly gateway?: string | undefined;
  readonly ipRange?: string | undefined;
}

export interface EngineNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its bridge on the host, if it is one with a bridge. */
  readonly bridge?: string | undefined;
  readonly subnets: readonly EngineSubnet[];
  /** Names of the containers that run on it. */
  readonly containers: readonly string[];
}

/** One engine of a host, as far as it was asked. */
export interface Engine {
  /** Of the server; absent where that does not answer. */
  readonly version?: string | undefined;
  /** Why it does not answer: `missing`, or what its client said. */
  readonly trouble?: string | undefined;
  /** Containers go on when the daemon stops. */
  readonly liveRestore: boolean;
  /** This node may make the swarm's networks. */
  readonly manager: boolean;
  /** This node is in a swarm, whose networks it does not know until a container of its own is on them. */
  readonly worker?: true | undefined;
  /** Those that were asked for. */
  containers: EngineContainer[];
  networks: EngineNetwork[];
  /** The daemon's own command line, as far as it has options. */
  readonly flags: readonly string[];
  /** Its settings file is newer than the daemon. */
  readonly stale: boolean;
  /** Everything that runs, with the lab that it belongs to. */
  readonly running: readonly { readonly name: string; readonly lab: string }[];
}

export const noEngine = (trouble: string): Engine => ({
  trouble,
  liveRestore: false,
  manager: false,
  containers: [],
  networks: [],
  flags: [],
  stale: false,
  running: [],
});

/** By its name, or by its id or the beginning of it. */
export const findContainer = (engine: Engine | undefined, reference: string): EngineContainer | undefined =>
  engine?.containers.find(({ name }) => name === reference) ??
  (isId(reference) ? engine?.containers.find(({ id }) => id.startsWith(reference)) : undefined);

/** What may be the beginning of an id, at the length that engines show. */
export const isId = (reference: string): boolean => /^[0-9a-f]{12,64}$/.test(reference);

export const findNetworks = (engine: Engine | undefined, name: string): EngineNetwork[] =>
  engine?.networks.filter((network) => network.name === name) ?? [];

/** Status, start, labels, network mode, sandbox, networks: each in its place. */
const LABELS = { '*': 'text' } as const;
const ENDPOINTS = {
  '*': {
    'IPAMConfig?': { 'IPv4Address?': 'text', 'IPv6Address?': 'text' },
    'IPAddress?': 'text',
    'GlobalIPv6Address?': 'text',
    'Aliases?': ['text'],
  },
} as const;
const CONTAINER = {
  status: 'text',
  startedAt: 'text',
  'labels?': LABELS,
  networkMode: 'text',
  sandbox: 'text',
  'networks?': ENDPOINTS,
} as const;

/** Reads the line that `ENGINE_FORMAT` of ./engine-script.ts gives for one container. */
export function parseContainer(line: string): EngineContainer {
  const [pid = '', id = '', name = ''] = line.split(' ', 3);
  // The path of its hosts file before it may hold anything.
  const told = readShaped(line.slice(line.indexOf(' [')), ['any']);
  const values = Object.keys(CONTAINER).map((key, at): [string, unknown] => [key.replace('?', ''), told[at]]);
  const { status, startedAt, labels, networkMode, sandbox, networks } = shaped(Object.fromEntries(values), CONTAINER);
  const sandboxes = pid === '0' ? [] : [...(sandbox === '' ? [] : [sandbox]), `/proc/${pid}/ns/net`];
  return {
    id,
    name: name.replace(/^\//, ''),
    status,
    startedAt,
    labels: labels ?? {},
    networkMode: networkMode === 'default' ? 'bridge' : networkMode,
    sandboxes,
    endpoints: Object.entries(networks ?? {}).map(([network, endpoint]) => ({
      network,
      fixed: present([endpoint.IPAMConfig?.IPv4Address, endpoint.IPAMConfig?.IPv6Address]),
      addresses: present([endpoint.IPAddress, endpoint.GlobalIPv6Address]),
      // The engine adds the beginning of the id.
      aliases: (endpoint.Aliases ?? []).filter((alias) => !id.startsWith(alias)),
    })),
  };
}

const present = (texts: readonly (string | undefined)[]): string[] =>
  texts.filter((text) => text !== undefined && text !== '') as string[];

/** What podman says of a network, and what Docker does. */
const PODMANS = {
  id: 'text',
  name: 'text',
  driver: 'text',
  'network_interface?': 'text',
  'labels?': LABELS,
  'subnets?': [{ subnet: 'text', 'gateway?': 'text' }],
} as const;
const DOCKERS = {
  Id: 'text',
  Name: 'text',
  Driver: 'text',
  'Labels?': LABELS,
  'Options?': LABELS,
  'IPAM?': { 'Config?': [{ Subnet: 'text', 'Gateway?': 'text', 'IPRange?': 'text' }] },
  'Containers?': { '*': { Name: 'text' } },
} as const;

/** Reads `network inspect`, Docker's or podman's. */
export function parseNetworks(text: string): EngineNetwork[] {
  return readShaped(text, [{ '*': 'any' }], '[]').map((network) => {
    if ('name' in network) {
      const { id, name, driver, labels = {}, network_interface: bridge, subnets = [] } = shaped(network, PODMANS);
      return {
        ...{ id, name, driver, labels, bridge: driver === 'bridge' ? bridge : undefined, containers: [] },
        subnets: subnets.map(({ subnet, gateway }) => ({ subnet, gateway })),
      };
    }
    const { Id: id, Name: name, Driver: driver, ...rest } = shaped(network, DOCKERS);
    return {
      id,
      name,
      driver,
      labels: rest.Labels ?? {},
      bridge:
        driver === 'bridge' ? (rest.Options?.['com.docker.network.bridge.name'] ?? `br-${id.slice(0, 12)}`) : undefined,
      subnets: (rest.IPAM?.Config ?? []).map(({ Subnet, Gateway, IPRange }) => ({
        subnet: Subnet,
        gateway: Gateway,
        ipRange: IPRange,
      })),
      // A node of a swarm has an end of its own there.
      containers: Object.entries(rest.Containers ?? {}).flatMap(([end, one]) =>
        end.startsWith('lb-') ? [] : [one.Name],
      ),
    };
  });
}
