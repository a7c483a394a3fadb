import { addressOf, contains, familyOf, hostAt, networkOf, prefixOf } from '../src/address.ts';
import type { Infer } from '../src/infer.ts';
import { engineNetwork, networkNamed } from '../src/objects/engine-network.ts';
import { defineTask, type Mistake } from '../src/task.ts';
import { networkSegment } from './attachment.ts';
import { NETWORK_NAME } from './network.ts';
import { state } from './options.ts';

const subnet = {
  type: 'object',
  additionalProperties: false,
  required: ['subnet'],
  properties: {
    subnet: { type: 'string', format: 'network', description: 'A network of either family.' },
    gateway: { type: 'string', format: 'address', description: 'By default the first address of the subnet.' },
    ip_range: { type: 'string', format: 'network', description: 'Container addresses come from here.' },
    aux_addresses: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$' },
      additionalProperties: { type: 'string', format: 'address' },
      default: {},
      description: 'Addresses by name that somebody else has.',
    },
  },
} as const;

type Subnet = Infer<typeof subnet>;

const text = { type: 'string', pattern: '^[^\\n\\0]{0,1024}$' } as const;
const word = { pattern: '^[A-Za-z0-9][A-Za-z0-9_./-]{0,127}$' } as const;

export const dockerNetwork = defineTask({
  kind: 'docker_network',
  description: "A network of Docker's own: bridge, macvlan, ipvlan, or overlay in a swarm.",
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [
      { name: 'front', subnets: [{ subnet: '172.28.0.0/16', ip_range: '172.28.5.0/24', gateway: '172.28.0.1' }] },
    ],
    required: ['name'],
    properties: {
      name: { type: 'string', pattern: NETWORK_NAME, description: 'As `docker network ls` shows it.' },
      driver: {
        type: 'string',
        enum: ['bridge', 'macvlan', 'ipvlan', 'overlay', 'none', 'host'],
        default: 'bridge',
        description: "Docker's driver; none and host there are once only, as network_mode of a container.",
      },
      subnets: {
        type: 'array',
        items: subnet,
        default: [],
        description: 'Subnets of either family; without one, and on an overlay, Docker chooses who has which address.',
        examples: [[{ subnet: '172.28.0.0/16', ip_range: '172.28.5.0/24', gateway: '172.28.0.1' }]],
      },
      parent: {
        type: 'string',
        format: 'interface',
        description: "The host's interface under a macvlan or ipvlan network.",
      },
      internal: { type: 'boolean', default: false, description: 'No way out of the network.' },
      attachable: { type: 'boolean', default: false, description: 'Containers may join an overlay network by hand.' },
      options: {
        type: 'object',
        propertyNames: word,
        additionalProperties: text,
        default: {},
        description: "The driver's own options.",
        examples: [{ 'com.docker.network.bridge.name': 'br-front' }],
      },
      labels: { type: 'object', propertyNames: word, additionalProperties: text, default: {}, description: 'Labels.' },
      state,
    },
  },
  identity: ({ name }) => `docker_network ${name}`,
  primary: ({ name }) => networkNamed(name),
  provides: ({ name }) => [{ type: 'network', name }],
  check({ driver, subnets, parent, options, attachable }) {
    const mistake = (path: Mistake['path'], code: string, message: string, hint: string): Mistake => ({
      path,
      code,
      message: `docker_network.${message}`,
      hint,
    });
    const isParented = driver === 'macvlan' || driver === 'ipvlan';
    const bridge = options['com.docker.network.bridge.name'];
    return [
      ...(driver === 'none' || driver === 'host'
        ? [
            mistake(
              ['driver'],
              'NOT_ALLOWED',
              `driver: Docker has exactly one network with the driver ${driver}`,
              `say "network_mode: ${driver}" of the container`,
            ),
          ]
        : []),
      ...(isParented && parent === undefined
        ? [mistake([], 'MISSING_KEY', `parent: ${driver} needs an interface of the host`, 'add parent: eth0, say')]
        : []),
      ...(!isParented && parent !== undefined
        ? [mistake(['parent'], 'CONFLICT', `parent: ${driver} has none`, 'leave it out, or use macvlan or ipvlan')]
        : []),
      ...(attachable && driver !== 'overlay'
        ? [
            mistake(
              ['attachable'],
              'CONFLICT',
              'attachable: only overlay networks are closed otherwise',
              'leave it out',
            ),
          ]
        : []),
      ...(bridge !== undefined && Buffer.byteLength(bridge) > 15
        ? [
            mistake(
              ['options', 'com.docker.network.bridge.name'],
              'NAME_TOO_LONG',
              `options: ${bridge} has ${Buffer.byteLength(bridge)} bytes`,
              'use at most 15, as for every interface',
            ),
          ]
        : []),
      ...subnets.flatMap((one, index) => subnetMistakes(one, index, mistake)),
    ];
  },
  segments: ({ name, subnets, driver }) =>
    // In a swarm the managers give the addresses, some of them to nodes.
    subnets.length === 0 || driver === 'overlay'
      ? []
      : [
          {
            name: networkSegment(name),
            addresses: subnets.map((one) => `${gatewayOf(one)}/${prefixOf(one.subnet)}`),
            fixedCidr: rangeOf(subnets, 4),
            reserved: subnets.flatMap(({ aux_addresses }) => Object.values(aux_addresses)),
            paths: { addresses: ['subnets'], fixedCidr: ['subnets'], fixedCidrV6: ['subnets'] },
          },
        ],
  objects: ({ name, driver, subnets, parent, internal, attachable, options, labels }) => [
    engineNetwork({
      name,
      driver,
      subnets: subnets.map((one) => ({
        subnet: networkOf(one.subnet),
        gateway: gatewayOf(one),
        ipRange: one.ip_range,
      })),
      reserved: Object.assign({}, ...subnets.map(({ aux_addresses }) => aux_addresses)) as Record<string, string>,
      internal,
      attachable,
      options: { ...options, ...(parent === undefined ? {} : { parent }) },
      labels,
    }),
  ],
  summary: ({ driver, subnets }) => [driver, ...subnets.map((one) => one.subnet)].join(' · '),
});

/** Docker would take the first of the range, which may be the address of the network. */
const gatewayOf = ({ subnet: network, gateway }: Subnet): string => gateway ?? hostAt(network, 1) ?? addressOf(network);

const rangeOf = (subnets: readonly Subnet[], family: number): string | undefined =>
  subnets.find((one) => familyOf(one.subnet) === family && one.ip_range !== undefined)?.ip_range;

function subnetMistakes(
  { subnet: network, gateway, ip_range, aux_addresses }: Subnet,
  index: number,
  mistake: (path: Mistake['path'], code: string, message: string, hint: string) => Mistake,
): Mistake[] {
  const outside = (key: string, value: string | undefined): Mistake[] =>
    value === undefined || (familyOf(value) === familyOf(network) && contains(network, value))
      ? []
      : [
          mistake(
            ['subnets', index, key],
            'OUTSIDE_SUBNET',
            `subnets.${key}: ${value} is not in ${network}`,
            'use one inside, or another subnet',
          ),
        ];
  return [
    ...outside('gateway', gateway),
    ...outside('ip_range', ip_range),
    ...Object.values(aux_addresses).flatMap((address) => outside('aux_addresses', address)),
  ];
}
