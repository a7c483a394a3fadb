import type { Mistake } from '../../src/task.ts';
import { networkMistakes } from '../network.ts';
import { list } from '../options.ts';
import { publishMistakes, takenPorts } from '../publish.ts';
import { isPluggedOnly, joined, type ContainerOptions } from './options.ts';

type Key = keyof ContainerOptions;

const isSaid = (value: unknown): boolean =>
  value !== undefined &&
  value !== false &&
  !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);

const conflict = (path: Mistake['path'], message: string, hint: string, code = 'CONFLICT'): Mistake => ({
  path,
  code,
  message: `container.${message}`,
  hint,
});

/** What only an engine can do, and a bare namespace cannot. */
const ENGINE_ONLY: readonly Key[] = ['image', 'env', 'volumes', 'cap_add'];

/** What Docker does not let a container have that shares the network of another (its reference, container networks). */
const OF_THE_OTHER: readonly Key[] = [
  ...(['hostname', 'dns', 'dns_search', 'dns_opt', 'extra_hosts', 'publish', 'publish_all', 'expose'] as const),
  ...(['links', 'sysctls', 'ip_forward'] as const),
];

export function containerMistakes(args: ContainerOptions): Mistake[] {
  if (args.state === 'absent') return [];
  const { runtime, networks } = args;
  const mistakes = networks.flatMap(networkMistakes);
  return [
    ...mistakes,
    ...takenPorts(args),
    ...(runtime === 'netns' ? netnsMistakes(args) : engineMistakes(args)),
    ...modeMistakes(args),
  ];
}

function netnsMistakes(args: ContainerOptions): Mistake[] {
  const { networks, network_mode: mode, command } = args;
  const engine = ENGINE_ONLY.filter((key) => isSaid(args[key]));
  const plugged = networks.findIndex(({ network }) => network !== undefined);
  return [
    ...publishMistakes(args),
    ...engine.map((key) =>
      conflict([key], `${key}: the runtime netns has no ${key}`, 'say "runtime: docker", or leave it out'),
    ),
    ...(plugged < 0
      ? []
      : [
          conflict(
            ['networks', plugged, 'network'],
            "networks.network: only Docker's own containers have Docker's networks",
            'say "runtime: docker", or plug it into a bridge',
          ),
        ]),
    ...(mode === 'bridge'
      ? [
          conflict(
            ['network_mode'],
            'network_mode: the runtime netns has no bridge of its own',
            'name the bridge in networks',
          ),
        ]
      : []),
    ...(mode === 'host' && command !== undefined
      ? [
          conflict(
            ['command'],
            'command: with network_mode host and runtime netns this would be a program of the host itself',
            'let the host start it',
          ),
        ]
      : []),
  ];
}

function engineMistakes(args: ContainerOptions): Mistake[] {
  const { runtime, image, networks } = args;
  const several = networks.filter(({ network }) => network !== undefined);
  const late = several.slice(1).find(({ mac_address }) => mac_address !== undefined);
  const first = networks.findIndex(({ network }) => network !== undefined);
  const before = networks.findIndex(({ network }, index) => network === undefined && index < first);
  return [
    ...(isPluggedOnly(args) ? publishMistakes(args) : []),
    ...(image === undefined
      ? [conflict([], `image: ${runtime} needs an image`, 'add image: busybox, say', 'MISSING_KEY')]
      : []),
    ...(late === undefined
      ? []
      : [
          conflict(
            ['networks', networks.indexOf(late), 'mac_address'],
            'networks.mac_address: an engine takes it for the first of its networks only',
            'leave it out, or put this network first',
          ),
        ]),
    ...(first < 0 || before < 0
      ? []
      : [
          conflict(
            ['networks', first],
            "networks: an engine's own networks have the first interfaces",
            'put them before the bridges',
          ),
        ]),
  ];
}

function modeMistakes(args: ContainerOptions): Mistake[] {
  const { networks, network_mode: mode } = args;
  if (mode === undefined) return [];
  const shares = mode === 'host' || joined(args) !== undefined;
  const engine = networks.findIndex(({ network }) => network !== undefined);
  const found = shares && networks.length > 0 ? 0 : engine;
  return [
    ...(found < 0
      ? []
      : [
          conflict(
            ['networks', found],
            `networks: with network_mode ${mode} there is no other`,
            'leave one of them out',
          ),
        ]),
    ...(joined(args) === undefined
      ? []
      : OF_THE_OTHER.filter((key) => isSaid(args[key])).map((key) =>
          conflict([key], `${key}: belongs to the container whose network this one shares`, 'say it there'),
        )),
    ...(mode === 'host' && (list(args.publish).length > 0 || args.publish_all)
      ? [
          conflict(
            [list(args.publish).length > 0 ? 'publish' : 'publish_all'],
            'publish: with network_mode host every port is the host’s already',
            'leave it out',
          ),
        ]
      : []),
  ];
}
