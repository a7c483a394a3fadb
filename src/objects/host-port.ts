import { HOST } from '../command.ts';
import type { Entry } from '../facts/ledger.ts';
import { sysctlFact, type Family, type Listener, type World } from '../facts/world.ts';
import type { HeldPorts, ObjectType, Wanted } from '../object.ts';
import { portsMeet, refuse } from '../object.ts';

interface HostPort {
  readonly protocol: 'tcp' | 'udp';
  readonly family: Family;
  /** One of the host's; absent for all. */
  readonly address?: string | undefined;
  readonly port: number;
  /** The container to which it leads, and its address; none if it has none of this family. */
  readonly container: string;
  readonly target: string | undefined;
}

/** A port of the host that leads to a container: whoever listens there already would hear nothing any more. */
export const hostPort = (data: HostPort): Wanted<HostPort> => ({ type: 'host_port', scope: HOST, data });

const name = ({ protocol, family, address, port }: HostPort): string =>
  `${address === undefined ? `IPv${family} port` : family === 6 ? `[${address}]:` : `${address}:`}${address === undefined ? ' ' : ''}${port}/${protocol}`;

const heldBy = ({ port, protocol, family, address }: HostPort | Listener): HeldPorts => ({
  ...{ protocol, family, address },
  range: [port, port],
});

const meets = (one: HostPort, other: HostPort | Listener): boolean => portsMeet(heldBy(one), heldBy(other));

/** The same port of the host, which another lab leads elsewhere. */
function rival(world: World, lab: string, data: HostPort): string | undefined {
  const taken = ({ type, data: other }: Entry): boolean => type === 'host_port' && meets(data, other as HostPort);
  return Object.values(world.ledgers).find(
    (ledger) => ledger.lab !== lab && ledger.boot === world.boot && Object.values(ledger.entries).some(taken),
  )?.lab;
}

export const hostPortType: ObjectType<HostPort> = {
  type: 'host_port',
  volatile: true,
  shared: false,
  id: ({ protocol, family, address, port }) => `${protocol} ${address ?? `IPv${family}`} ${port}`,
  holds: ({ data }) => [{ what: name(data), by: `container ${data.container}`, ports: heldBy(data) }],
  reads: () => [{ fact: 'listeners' }, { fact: 'sysctl', scope: HOST, key: CALL }],
  diff({ data }, { lab, world, entry }) {
    const { container, target, family } = data;
    if (target === undefined) {
      const hint = 'publish it on an address of the other family, or give the container one of this';
      return refuse('MISSING_ADDRESS', `${container} has no IPv${family} address to lead ${name(data)} to`, hint);
    }
    if (data.address === '::1' && sysctlFact(world, HOST, CALL) === '1') {
      const hint = 'set net.bridge.bridge-nf-call-ip6tables to 0, or publish on another address of the host';
      return refuse('BRIDGE_NETFILTER', 'answers to [::1] would be translated at the bridge, and dropped', hint);
    }
    const other = rival(world, lab, data);
    if (other !== undefined) {
      return refuse('PORT_IN_USE', `${name(data)} of this host is published by the lab "${other}"`, OTHER_PORT);
    }
    if (entry === undefined && world.missing.includes('ss')) {
      const message = `to publish ${name(data)} needs ss, which is not on this host, to see who listens`;
      return refuse('MISSING_TOOL', message, 'install iproute2');
    }
    if (entry === undefined && world.listeners.some((one) => meets(data, one))) {
      return refuse('PORT_IN_USE', `somebody listens on ${name(data)} of this host`, OTHER_PORT);
    }
    return [];
  },
  before: () => ({}),
  remove: () => [],
};

/** Where this is 1, the kernel gives an answer its old address before it looks whether that may come from a wire. */
const CALL = 'net/bridge/bridge-nf-call-ip6tables';

const OTHER_PORT = 'choose another port of the host';
