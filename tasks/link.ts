import { familyOf, readCidr } from '../src/address.ts';
import { veth } from '../src/objects/veth.ts';
import { defineTask } from '../src/task.ts';
import type { Infer } from '../src/infer.ts';
import { linkMac, pointToPointObjects } from './attachment.ts';
import { container, list, state } from './options.ts';

const endpoint = {
  type: 'object',
  additionalProperties: false,
  required: ['interface'],
  properties: {
    container,
    interface: { type: 'string', format: 'interface', description: 'Its name at this end.' },
    address: {
      anyOf: [
        { type: 'string', format: 'addressOrCidr' },
        { type: 'array', items: { type: 'string', format: 'addressOrCidr' }, uniqueItems: true },
      ],
      description: 'Addresses at this end; a single one (/32, /128) gets a device route to the other end.',
    },
  },
} as const;

type Endpoint = Infer<typeof endpoint>;

/** An address without a prefix is a single one, as in the article's point-to-point links. */
const cidrs = ({ address }: Endpoint): string[] =>
  list(address).map((text) => readCidr(text.includes('/') ? text : `${text}/${familyOf(text) === 4 ? 32 : 128}`)!);

const label = ({ container: where, interface: name }: Endpoint): string => `${where ?? 'host'}:${name}`;

/** The host's end first: a veth made there can be pushed into a container, not the other way about. */
const ordered = (endpoints: readonly Endpoint[]): readonly [Endpoint, Endpoint] => {
  const [a, b] = endpoints as readonly [Endpoint, Endpoint];
  return b.container === undefined ? [b, a] : [a, b];
};

export const link = defineTask({
  kind: 'link',
  description: 'A point-to-point veth between two containers, or between a container and the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['endpoints'],
    properties: {
      endpoints: {
        type: 'array',
        items: endpoint,
        minItems: 2,
        maxItems: 2,
        description: 'The two ends; an end without a container is on the host itself.',
      },
      mtu: { type: 'integer', minimum: 68, maximum: 65535, description: 'In bytes, of both ends.' },
      state,
    },
  },
  identity: ({ endpoints }) => `link ${endpoints.map(label).toSorted().join(' ')}`,
  references: ({ endpoints }) =>
    endpoints.flatMap(({ container: name }, index) =>
      name === undefined ? [] : [{ type: 'container' as const, name, path: ['endpoints', index, 'container'] }],
    ),
  check({ endpoints }) {
    const [a, b] = endpoints as readonly [Endpoint, Endpoint];
    if (a.container !== b.container || a.interface !== b.interface) return [];
    const message = 'link.endpoints: both ends are the same interface';
    return [{ path: ['endpoints', 1], code: 'CONFLICT', message, hint: 'give the two ends different names' }];
  },
  attachments: ({ endpoints }) =>
    endpoints.flatMap((end, index) => [
      {
        container: end.container ?? '',
        interface: end.interface,
        segment: undefined,
        addresses: cidrs(end),
        gateways: 'none' as const,
        onlink: false,
        path: ['endpoints', index],
      },
    ]),
  objects({ endpoints, mtu }, { lab, scope }) {
    const [a, b] = ordered(endpoints);
    const mac = (end: Endpoint): string => linkMac(lab, end.container, end.interface);
    return [
      veth(scope(a.container), {
        name: a.interface,
        mac: mac(a),
        mtu,
        peer: { scope: scope(b.container), name: b.interface, mac: mac(b) },
      }),
      ...pointToPointObjects(scope(a.container), a.interface, cidrs(a), cidrs(b)),
      ...pointToPointObjects(scope(b.container), b.interface, cidrs(b), cidrs(a)),
    ];
  },
  summary: ({ endpoints }) => endpoints.map((end) => [label(end), ...cidrs(end)].join(' ')).join(' — '),
});
