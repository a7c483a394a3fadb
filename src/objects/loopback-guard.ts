import type { Runtime } from '../facts/engine.ts';
import type { ObjectType, Wanted } from '../object.ts';
import { HOST } from '../command.ts';
import { refuse } from '../object.ts';
import { nftRule, nftRuleType } from './nft-rule.ts';

interface Guard {
  readonly runtime: Runtime;
  readonly container: string;
  /** Its own port, which nobody but the host may reach. */
  readonly port: number;
  readonly protocol: string;
  /** Where the container has it, and the network of its neighbours there; unknown on the engine's default network. */
  readonly address?: string | undefined;
  readonly subnet?: string | undefined;
}

/**
 * Before Docker 28 a port that is published on 127.0.0.1 is open to every neighbour of the host, at the container's own
 * address and even at 127.0.0.1 (moby#45610). A rule of ours drops what does not come from the container's network.
 */
export const loopbackGuard = (data: Guard): Wanted<Guard> => ({ type: 'loopback_guard', scope: HOST, data });

const FIXED_IN = 28;

const match = (left: unknown, op: '==' | '!=', right: unknown) => ({ match: { op, left, right } });
const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });

function ruleOf({ container, port, protocol, address = '', subnet = '' }: Guard) {
  const [addr, len] = subnet.split('/');
  return nftRule({
    family: 'ip',
    // What is forwarded comes from elsewhere by now, whatever address it was sent to.
    chain: { name: 'loopback', type: 'filter', hook: 'forward', priority: -1 },
    id: `loopback ${container} ${protocol} ${port}`,
    what: `guard of ${address}:${port}`,
    expr: [
      match(field('ip', 'saddr'), '!=', { prefix: { addr, len: Number(len) } }),
      match(field('ip', 'daddr'), '==', address),
      match(field(protocol, 'dport'), '==', port),
      { drop: null },
    ],
  });
}

export const loopbackGuardType: ObjectType<Guard> = {
  type: 'loopback_guard',
  volatile: true,
  shared: false,
  id: ({ container, protocol, port }) => `${container} ${protocol} ${port}`,
  reads: ({ data: { runtime, container } }) => [
    { fact: 'container', runtime, name: container, scope: container },
    { fact: 'nft', scope: HOST },
  ],
  diff({ data }, ground) {
    const version = Number.parseInt(ground.world.engines[data.runtime]?.version ?? '', 10);
    if (version >= FIXED_IN) return [];
    if (data.address === undefined) {
      return refuse(
        'NOT_ONLY_LOOPBACK',
        `Docker ${version} opens a port that is published on 127.0.0.1 to the host's neighbours too (moby#45610)`,
        'put the container on a docker_network with a subnet, so that its address is known and can be guarded',
      );
    }
    return nftRuleType.diff(ruleOf(data), ground);
  },
  before: () => ({}),
  remove: ({ data, ...entry }, ground) =>
    data.address === undefined ? [] : nftRuleType.remove({ ...entry, data: ruleOf(data).data } as never, ground),
};
