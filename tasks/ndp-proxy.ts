import { addressOf, countSubnets, familyOf, hostAt, isLinkLocal, networkOf, readAddress } from '../src/address.ts';
import { HOST } from '../src/command.ts';
import { forwarding } from '../src/objects/forwarding.ts';
import { neighProxy, unknownProxy } from '../src/objects/neigh-proxy.ts';
import { sysctl } from '../src/objects/sysctl.ts';
import { defineTask, type Context, type Reference } from '../src/task.ts';
import { list, state } from './options.ts';

/** The kernel has no proxy for a subnet, so each address is an entry of its own. */
const MOST = 1024;

export const ndpProxy = defineTask({
  kind: 'ndp_proxy',
  description: "Answers neighbour solicitations for containers whose addresses are inside the host's own IPv6 subnet.",
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['dev'],
    properties: {
      dev: {
        type: 'string',
        format: 'device',
        description: 'The interface of the host on which the router looks for them.',
        examples: ['eth0'],
      },
      containers: {
        anyOf: [
          { type: 'string', format: 'name' },
          { type: 'array', items: { type: 'string', format: 'name' }, uniqueItems: true, minItems: 1 },
        ],
        description: 'Whose IPv6 addresses; without containers and subnet, those of all containers of this host.',
      },
      subnet: {
        type: 'string',
        format: 'network6',
        description: `Every address of this network, one by one; at most ${MOST}.`,
        examples: ['2001:db8::c008/125'],
      },
      state,
    },
  },
  identity: ({ dev }) => `ndp_proxy ${dev}`,
  references: ({ containers }) =>
    list(containers).map((name, index): Reference => ({
      type: 'container',
      name,
      path: typeof containers === 'string' ? ['containers'] : ['containers', index],
    })),
  check({ subnet }) {
    const count = subnet === undefined ? 0 : countSubnets(networkOf(subnet), 128);
    if (count <= MOST) return [];
    return [
      {
        path: ['subnet'],
        code: 'OUT_OF_RANGE',
        message: `ndp_proxy.subnet: ${subnet} has more than ${MOST} addresses, and each needs an entry of its own`,
        hint: 'leave subnet out, so that only containers that are there get one; or have the subnet routed to this host',
      },
    ];
  },
  objects({ dev, containers, subnet }, context) {
    const whole = subnet === undefined ? [] : addressesOf(networkOf(subnet));
    const all = containers === undefined && subnet !== undefined ? [] : owners(list(containers), context);
    const addresses = [...whole, ...all.flatMap((one) => one.addresses)];
    const without = all.filter((one) => one.addresses.length === 0).map(({ name }) => name);
    // Among all of the host those without are not meant.
    const missed = containers !== undefined ? without : addresses.length === 0 ? without.slice(0, 1) : [];
    return [
      ...missed.map((name) => unknownProxy(dev, name)),
      sysctl(HOST, `net/ipv6/conf/${dev}/proxy_ndp`, '1'),
      // What the host answers for it must also hand on.
      forwarding(HOST, 6, true),
      ...[...new Set(addresses)].map((address) => neighProxy(dev, address)),
    ];
  },
});

const addressesOf = (network: string): string[] =>
  Array.from({ length: countSubnets(network, 128) }, (_, index) => readAddress(hostAt(network, index)!)!);

/** With their IPv6 addresses. None named: all of this host. */
const owners = (names: readonly string[], { containers, host }: Context) =>
  containers()
    .filter((one) => one.host === host && (names.length === 0 || names.includes(one.name)))
    .map(({ name, addresses }) => ({
      name,
      addresses: addresses.filter((cidr) => familyOf(cidr) === 6 && !isLinkLocal(cidr)).map(addressOf),
    }));
