import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { portText } from '../address.ts';
import type { Command, Scope } from '../command.ts';
import { HOST } from '../command.ts';
import { endNamespace } from '../facts/effects.ts';
import { findContainer, type EngineContainer, type EngineEndpoint, type Runtime } from '../facts/engine.ts';
import type { Listener, World } from '../facts/world.ts';
import { portsMeet, publishedPorts, type Change, type HeldPorts, type ObjectType, type Wanted } from '../object.ts';
import { DIGEST_LABEL, engineOf, engineRun, engineTrouble, foreign, isOfLab, LAB_LABEL } from './engine.ts';

/** What a container is to have on a network of its engine. */
export interface Endpoint {
  readonly network: string;
  /** Fixed addresses without prefix. */
  readonly addresses: readonly string[];
  readonly aliases: readonly string[];
}

export interface EngineContainerData {
  readonly runtime: Runtime;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** Options of `docker create` by name, without dashes; `network` is always there. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly env: Readonly<Record<string, string>>;
  /** What it is born with on the network of its options. */
  readonly first?: Endpoint | undefined;
  /** The namespace that comes and goes with it, under the name that it has in /run/netns. */
  readonly namespace?: Scope | undefined;
  /** The container whose network it shares. */
  readonly joins?: string | undefined;
  /** In the ledger, instead of what may be a secret: digests of all of it, of its command, and of its variables. */
  readonly digests?: Digests | undefined;
}

type Digests = Readonly<Record<'all' | 'command' | 'env', string>>;

/** A container that Docker or podman runs. */
export const engineContainer = (data: EngineContainerData): Wanted<EngineContainerData> => ({
  type: 'engine_container',
  scope: HOST,
  data,
});

/** One of which nothing is known but its name, which its namespace has too. */
export const containerNamed = (runtime: Runtime, name: string): Wanted<EngineContainerData> =>
  engineContainer({ runtime, name, image: '', command: [], options: {}, env: {}, namespace: name });

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

function digestsOf({ image, command, options, env, digests }: EngineContainerData): Digests {
  const variables = Object.entries(env).toSorted();
  // Addresses and aliases can be changed on the container that is there, so they do not count.
  const all = digest([image, command, Object.entries(options).toSorted(), variables]);
  return digests ?? { all, command: digest(command), env: digest(variables) };
}

/** How addresses and aliases are told to `create` and to `network connect`. */
export const endpointFlags = ({ addresses, aliases }: Endpoint, alias: string): string[] => [
  ...addresses.map((address) => `${address.includes(':') ? '--ip6' : '--ip'}=${address}`),
  ...aliases.map((name) => `${alias}=${name}`),
];

function creation(lab: string, data: EngineContainerData): Command[] {
  const { runtime, name, image, command, options, env, first, namespace } = data;
  const labels = [`${LAB_LABEL}=${lab}`, `${DIGEST_LABEL}=${digestsOf(data).all}`];
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}\n`);
  const argv = [
    ...['create', `--name=${name}`, ...labels.map((label) => `--label=${label}`)],
    ...Object.entries(options).flatMap(([flag, values]) => values.map((value) => `--${flag}=${value}`)),
    ...(first === undefined ? [] : endpointFlags(first, '--network-alias')),
    // By way of standard input, since what is on a command line everybody on the host can read.
    ...(variables.length === 0 ? [] : ['--env-file=/dev/stdin']),
    ...[image, ...command],
  ];
  return [
    engineRun(runtime, argv, namespace, variables.length === 0 ? undefined : variables.join('')),
    engineRun(runtime, ['start', name], namespace),
  ];
}

/** Docker ends it at once; podman would wait ten seconds for it. */
const removal = ({ runtime, namespace }: EngineContainerData, id: string): Command =>
  engineRun(runtime, ['rm', '--force', '--volumes', ...(runtime === 'podman' ? ['--time=0'] : []), id], namespace);

export const endpointFact = ({ network, addresses, aliases }: Endpoint): EngineEndpoint => ({
  network,
  fixed: addresses,
  addresses,
  aliases,
});

/** The namespace that a start gives; nobody has seen it yet. */
const NEW = ['new'];

function born(world: World, lab: string, data: EngineContainerData): void {
  const engine = engineOf(world, data.runtime);
  const [network = ''] = data.options.network ?? [];
  engine.containers.push({
    id: '',
    name: data.name,
    status: 'running',
    startedAt: '',
    labels: { [LAB_LABEL]: lab, [DIGEST_LABEL]: digestsOf(data).all },
    networkMode: data.joins === undefined ? network : `container:${otherOf(world, data)?.id ?? data.joins}`,
    sandboxes: NEW,
    endpoints: data.first === undefined ? [] : [endpointFact(data.first)],
  });
  engine.networks = engine.networks.map((one) =>
    one.name === network ? { ...one, containers: [...one.containers, data.name] } : one,
  );
}

function gone(world: World, data: EngineContainerData): void {
  const { runtime, name, namespace } = data;
  const ports = portsOf(data);
  const isHeld = ({ port, ...where }: Listener): boolean =>
    ports.some((held) => portsMeet(held, { ...where, range: [port, port] }));
  // Who listens there on the engine's behalf goes with it.
  world.listeners = world.listeners.filter((one) => !isHeld(one));
  const engine = engineOf(world, runtime);
  engine.containers = engine.containers.filter((one) => one.name !== name);
  engine.networks = engine.networks.map((network) => ({
    ...network,
    containers: network.containers.filter((one) => one !== name),
  }));
  if (namespace !== undefined) endNamespace(world, namespace);
}

/** The one whose network it shares, once that has an id. */
function otherOf({ engines }: World, { runtime, joins }: EngineContainerData): EngineContainer | undefined {
  const other = joins === undefined ? undefined : findContainer(engines[runtime], joins);
  return other?.id === '' ? undefined : other;
}

/** The ports that the engine opens for it; of those that the engine chooses nobody knows before. */
const portsOf = ({ options }: EngineContainerData): HeldPorts[] =>
  (options.publish ?? []).flatMap((text) => publishedPorts(text) ?? []);

const show = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : String(value)) || 'none';

/** Why what is there cannot become what is wanted, in the operator's words; what may be a secret is not shown. */
function reasons(found: EngineContainer, want: EngineContainerData, had: EngineContainerData | undefined): string[] {
  const now = digestsOf(want);
  if (found.labels[DIGEST_LABEL] === now.all) return [];
  if (had === undefined) return ['was made otherwise'];
  const before = digestsOf(had);
  if (found.labels[DIGEST_LABEL] !== before.all) return ['was made otherwise'];
  const flags = [...new Set([...Object.keys(had.options), ...Object.keys(want.options)])];
  const differs = (name: string, from: unknown, to: unknown): string[] =>
    isDeepStrictEqual(from, to) ? [] : [`${name} ${show(from)} -> ${show(to)}`];
  return [
    ...differs('image', had.image, want.image),
    ...(before.command === now.command ? [] : ['command changed']),
    ...flags.flatMap((flag) => differs(flag, had.options[flag] ?? [], want.options[flag] ?? [])),
    ...(before.env === now.env ? [] : ['env changed']),
  ];
}

/** Whether one was started after another; what this very plan starts has no time yet. */
const isLater = ({ startedAt: one }: EngineContainer, { startedAt: other }: EngineContainer): boolean =>
  one === '' ? other !== '' : other !== '' && one > other;

export const engineContainerType: ObjectType<EngineContainerData> = {
  type: 'engine_container',
  volatile: false,
  shared: false,
  id: ({ name }) => name,
  holds: ({ data }) =>
    portsOf(data).map((ports) => {
      const where = ports.address === undefined ? '' : ` of ${ports.address}`;
      return { what: `port ${portText(ports.range)}/${ports.protocol}${where}`, by: `container ${data.name}`, ports };
    }),
  reads: ({ data: { runtime, name, namespace, joins } }) => [
    { fact: 'container', runtime, name, scope: namespace ?? name },
    ...(joins === undefined ? [] : [{ fact: 'container', runtime, name: joins, scope: joins } as const]),
  ],
  diff({ data }, { world, lab, entry }) {
    const { runtime, name, namespace, joins } = data;
    const trouble = engineTrouble(world, runtime);
    if (trouble) return trouble;
    const found = findContainer(world.engines[runtime], name);
    if (found && !isOfLab(found, lab)) return foreign(`the container ${name} of ${runtime}`, found);
    const made = creation(lab, data);
    if (!found) {
      const effect = (after: World): void => {
        born(after, lab, data);
      };
      return [{ verb: '+', what: name, why: 'missing', commands: made, effect }];
    }
    const why = reasons(found, data, entry?.data as EngineContainerData | undefined);
    const host = joins === undefined ? undefined : findContainer(world.engines[runtime], joins);
    if (host && found.networkMode !== `container:${host.id}`) why.push(`${joins} is another container now`);
    if (why.length > 0) {
      const change: Change = {
        verb: '~',
        what: `${name} made anew:`,
        why: why.join(', '),
        commands: [removal(data, found.id), ...made],
        effect: (after) => {
          gone(after, data);
          born(after, lab, data);
        },
      };
      return [change];
    }
    // Who shares the network of a container that was started anew still sits in the old one.
    const isStranded = host !== undefined && isLater(host, found);
    const verb = found.status === 'paused' ? 'unpause' : isStranded ? 'restart' : 'start';
    if (found.status === 'running' && !isStranded) return [];
    return [
      {
        verb: '~',
        what: name,
        why: isStranded ? `${joins} was started anew` : `${found.status} -> running`,
        commands: [
          engineRun(runtime, [verb, ...(isStranded ? ['--time=2'] : []), found.id === '' ? name : found.id], namespace),
        ],
        effect: (after) => {
          const other = engineOf(after, runtime);
          if (namespace !== undefined && verb !== 'unpause') endNamespace(after, namespace);
          other.containers = other.containers.map((one) =>
            one.name === name
              ? {
                  ...one,
                  status: 'running',
                  ...(verb === 'unpause' ? {} : { startedAt: '', sandboxes: NEW }),
                }
              : one,
          );
        },
      },
    ];
  },
  before: () => ({}),
  kept: (data) => ({ ...data, command: [], env: {}, digests: digestsOf(data) }),
  remove({ data }, { world, lab }) {
    const found = findContainer(world.engines[data.runtime], data.name);
    if (!found || !isOfLab(found, lab)) return [];
    return [
      {
        verb: '-',
        what: data.name,
        why: 'remove',
        commands: [removal(data, found.id === '' ? data.name : found.id)],
        effect: (after) => {
          gone(after, data);
        },
      },
    ];
  },
};
