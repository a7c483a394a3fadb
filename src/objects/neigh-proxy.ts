import { HOST } from '../command.ts';
import { findLink } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface NeighProxy {
  readonly dev: string;
  readonly address: string;
  /** Whose it would be; nobody has planned an address then. */
  readonly whose?: string | undefined;
}

/** An address for which the host answers neighbour solicitations on a link (the article, "Using NDP proxying"). */
export const neighProxy = (dev: string, address: string): Wanted<NeighProxy> => ({
  type: 'neigh_proxy',
  scope: HOST,
  data: { dev, address },
});

/** The same for a container whose address nobody knows: refused. */
export const unknownProxy = (dev: string, whose: string): Wanted<NeighProxy> => ({
  type: 'neigh_proxy',
  scope: HOST,
  data: { dev, address: `of ${whose}`, whose },
});

const command = (verb: 'add' | 'del', { dev, address }: NeighProxy) =>
  ({ do: 'ip', scope: HOST, argv: ['neigh', verb, 'proxy', address, 'dev', dev] }) as const;

const isThere = (proxies: readonly NeighProxy[], { dev, address }: NeighProxy): boolean =>
  proxies.some((one) => one.dev === dev && one.address === address);

function change(verb: '+' | '-', data: NeighProxy): Change {
  const adds = verb === '+';
  return {
    verb,
    what: `proxy for ${data.address}`,
    why: adds ? 'missing' : 'remove',
    commands: [command(adds ? 'add' : 'del', data)],
    undo: [command(adds ? 'del' : 'add', data)],
    effect: (world) => {
      world.proxies = world.proxies.filter((one) => !isThere([one], data));
      if (adds) world.proxies.push(data);
    },
  };
}

export const neighProxyType: ObjectType<NeighProxy> = {
  type: 'neigh_proxy',
  volatile: true,
  shared: true,
  id: ({ dev, address }) => `${dev} ${address}`,
  reads: () => [{ fact: 'proxies' }],
  diff({ data }, { world }) {
    if (data.whose !== undefined) {
      return refuse(
        'NO_ADDRESS',
        `ndp_proxy: no IPv6 address of ${data.whose} is planned`,
        'give it one; where an engine chooses it, name the network that it chooses from: subnet',
      );
    }
    if (!findLink(world, HOST, data.dev)) return refuse('MISSING_LINK', `there is no link ${data.dev} on this host`);
    return isThere(world.proxies, data) ? [] : [change('+', data)];
  },
  before({ data }, { world, entry, others }) {
    return entry === undefined && others.length === 0 && isThere(world.proxies, data) ? 'foreign' : {};
  },
  remove: ({ data }, { world, others }) =>
    others.length > 0 || !isThere(world.proxies, data) ? [] : [change('-', data)],
};
