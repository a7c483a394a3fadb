import { createHash } from 'node:crypto';
import type { Scope } from '../command.ts';
import { findLink, leaseKey } from '../facts/world.ts';
import type { ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { bringBack, loseAddress } from './address.ts';

export const CLIENTS = ['udhcpc', 'dhclient', 'dhcpcd'] as const;
export type Client = (typeof CLIENTS)[number];

interface Lease {
  readonly dev: string;
  readonly client: Client;
  /** By which the server may know it. */
  readonly hostname: string;
  /** Whether the server's router becomes the default route, where there is none. */
  readonly routes: boolean;
  /** More words for the client. */
  readonly options: readonly string[];
}

/** An address by DHCP: a client in the namespace that asks, and stays to renew. What it gives is not ours. */
export const lease = (scope: Scope, data: Lease): Wanted<Lease> => ({ type: 'lease', scope, data });

const PROGRAMS: Readonly<Record<Client, readonly [program: string, install: string]>> = {
  udhcpc: ['busybox', 'busybox-static, or use another client'],
  dhclient: ['dhclient', 'isc-dhcp-client (or dhcp-client), or use another client'],
  dhcpcd: ['dhcpcd', 'dhcpcd-base (or dhcpcd), or use another client'],
};

/** Seconds until it is said that nobody answers. */
const PATIENCE = 30;

const digestOf = (data: Lease): string => createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);

export const leaseType: ObjectType<Lease> = {
  type: 'lease',
  volatile: true,
  shared: false,
  meddles: true,
  id: ({ dev }) => dev,
  reads: ({ scope, data: { dev, client } }) => [
    { fact: 'lease', scope, dev },
    { fact: 'net', scope },
    { fact: 'tool', name: PROGRAMS[client][0] },
  ],
  diff({ scope, data }, { world }) {
    const { dev, client } = data;
    const [program, install] = PROGRAMS[client];
    if (world.missing.includes(program)) {
      return refuse('MISSING_TOOL', `${program} is not on this host`, `install ${install}`);
    }
    const digest = digestOf(data);
    const found = world.leases[leaseKey(scope, dev)];
    const { addresses = [] } = findLink(world, scope, dev) ?? {};
    const isThere = found?.address === undefined || addresses.some(({ cidr }) => cidr === found.address);
    if (found?.state === 'bound' && found.digest === digest && isThere) return [];
    const why = {
      bound: found?.digest === digest ? `${found.address} is gone` : 'other options',
      asking: found?.digest === digest ? 'has no address' : 'other options',
      astray: 'is left of a namespace that is gone',
      dead: 'not running',
    };
    return [
      {
        verb: found === undefined ? '+' : '~',
        what: `${client} on ${dev}`,
        why: found === undefined ? 'not running' : why[found.state],
        commands: [{ do: 'lease', scope, ...data, seconds: PATIENCE, digest }],
        // What ran before is known by its digest only.
        ...(found === undefined ? { undo: [{ do: 'release', scope, dev }] } : {}),
        effect: (after) => {
          after.leases[leaseKey(scope, dev)] = { state: 'bound', digest };
        },
      },
    ];
  },
  before: () => ({}),
  kept: (data) => ({ ...data, options: [] }),
  remove({ scope, data: { dev, client } }, { world }) {
    const found = world.leases[leaseKey(scope, dev)];
    if (found === undefined) return [];
    const given = found.address === undefined ? undefined : { dev, cidr: found.address };
    return [
      {
        verb: '-',
        what: `${client} on ${dev}`,
        why: 'stop',
        commands: [
          { do: 'release', scope, dev },
          ...(given && world.nets[scope] ? bringBack(world, scope, given) : []),
        ],
        effect: (after) => {
          delete after.leases[leaseKey(scope, dev)];
          const net = after.nets[scope];
          if (net) net.routes = net.routes.filter((route) => route.dev !== dev || route.protocol !== 'dhcp');
          if (given) loseAddress(after, scope, given);
        },
      },
    ];
  },
};
