import { addressOf, familyOf, readCidr } from '../src/address.ts';
import { veth } from '../src/objects/veth.ts';
import type { Wanted } from '../src/object.ts';
import { defineTask, type Context, type Mistake } from '../src/task.ts';
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

/**
 * The host's end first: a veth made there can be pushed into a container, not the other way about. Else by name, so that
 * a link is the same whichever end is written first.
 */
const ordered = (endpoints: readonly Endpoint[]): readonly [Endpoint, Endpoint] => {
  const inside = ({ container: where }: Endpoint): number => (where === undefined ? 0 : 1);
  const [a, b] = endpoints.toSorted((a, b) => inside(a) - inside(b) || (label(a) < label(b) ? -1 : 1));
  return [a!, b!];
};

const pairOf = (endpoints: readonly Endpoint[], mtu: number | undefined, { lab, scope }: Context): Wanted => {
  const [a, b] = ordered(endpoints);
  const mac = (end: Endpoint): string => linkMac(lab, end.container, end.interface);
  const peer = { scope: scope(b.container), name: b.interface, mac: mac(b) };
  return veth(scope(a.container), { name: a.interface, mac: mac(a), mtu, peer });
};

export const link = defineTask({
  kind: 'link',
  description: 'A point-to-point veth between two containers, or between a container and the host.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [
      {
        endpoints: [
          { container: 'r1', interface: 'eth1', address: '10.1.1.1/32' },
          { container: 'r2', interface: 'eth1', address: '10.1.1.2/32' },
        ],
      },
    ],
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
  primary: ({ endpoints, mtu }, context) => pairOf(endpoints, mtu, context),
  references: ({ endpoints }) =>
    endpoints.flatMap(({ container: name }, index) =>
      name === undefined ? [] : [{ type: 'container' as const, name, path: ['endpoints', index, 'container'] }],
    ),
  check({ endpoints }) {
    const [a, b] = endpoints as readonly [Endpoint, Endpoint];
    const mistake = (code: string, message: string, hint: string): Mistake[] => [
      { path: ['endpoints', 1], code, message: `link.endpoints: ${message}`, hint },
    ];
    if (a.container === b.container && a.interface === b.interface) {
      return mistake('CONFLICT', 'both ends are the same interface', 'give the two ends different names');
    }
    const taken = cidrs(b)
      .map(addressOf)
      .find((address) => cidrs(a).map(addressOf).includes(address));
    if (taken === undefined) return [];
    return mistake('DUPLICATE_ADDRESS', `both ends have ${taken}`, 'give each its own');
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
  objects({ endpoints, mtu }, context) {
    const [a, b] = ordered(endpoints);
    return [
      pairOf(endpoints, mtu, context),
      ...pointToPointObjects(context, a.container, a.interface, cidrs(a), cidrs(b)),
      ...pointToPointObjects(context, b.container, b.interface, cidrs(b), cidrs(a)),
    ];
  },
  summary: ({ endpoints }) => endpoints.map((end) => [label(end), ...cidrs(end)].join(' ')).join(' — '),
});
