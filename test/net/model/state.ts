// What may be wanted of hosts: few names and few addresses, so that from one state to the next they collide, change
// hands and swap. Plain JSON, so that a failure can be kept in a file.

export const LAB = 'lab';
export const HOSTS = ['h1', 'h2', 'h3'] as const;
export const BRIDGES = ['nw0', 'nw1'] as const;
export const CONTAINERS = ['web', 'db', 'app'] as const;

export interface Bridge {
  /** 10.NET.0.0/24. */
  readonly net: number;
  /** The last byte of its own address. */
  readonly host: number;
  readonly mtu?: number | undefined;
  readonly masq?: boolean | undefined;
  readonly v6?: boolean | undefined;
  readonly icc?: boolean | undefined;
}

export interface Container {
  readonly on: readonly string[];
  /** The last byte of its address on the first of them. */
  readonly fixed?: number | undefined;
  readonly forward?: boolean | undefined;
  readonly program?: number | undefined;
  /** The last byte of its name server's address, 10.53.0.N. */
  readonly dns?: number | undefined;
  /** The host's port that leads to its port 80. */
  readonly publish?: number | undefined;
}

/** What else may be on a host; where it is about a container, that one is there. */
export interface Extras {
  /** Between containers, or a container and the host, by the name p0; addresses in 192.168.9.0/24. */
  readonly link?: { readonly ends: readonly string[]; readonly bytes: readonly number[]; readonly name: string };
  /** On the bridge nw0, or in a container on its eth0, with 10.66.0.BYTE/24. */
  readonly macvlan?: { readonly name: string; readonly byte: number; readonly container?: string | undefined };
  readonly blackhole?: number;
  /** 10.30.0.0/16 by way of a neighbour on that bridge. */
  readonly via?: { readonly bridge: string; readonly table: number; readonly byte: number };
  /** 10.31.0.0/16 in a container, by the other end of its link. */
  readonly beyond?: { readonly container: string };
  readonly rule?: { readonly from: number; readonly table: number; readonly container?: string | undefined };
  readonly rpFilter?: number;
  readonly ecn?: { readonly container: string; readonly value: number };
  readonly firewall?: { readonly port: number; readonly container?: string | undefined; readonly masquerade?: boolean };
  /** In Mbit/s, of its eth0. */
  readonly rate?: { readonly container: string; readonly value: number };
  /** The bridge old0, which is somebody else's: 10.88.0.BYTE/24. */
  readonly adopt?: { readonly mtu: number; readonly byte: number };
}

export interface HostState extends Extras {
  readonly bridges: Readonly<Record<string, Bridge>>;
  readonly containers: Readonly<Record<string, Container>>;
}

export interface State {
  /** By the host's name. */
  readonly hosts: Readonly<Record<string, HostState>>;
  /** One segment over all hosts: in a bridge that each of them has, or with 10.44.0.NUMBER/24. */
  readonly overlay?: { readonly name: string; readonly id: number; readonly bridge?: string | undefined };
}

/** What happens to the hosts. */
export type Action =
  | { readonly do: 'apply'; readonly state: State }
  /** The same, and on that host something happens at that step, if there are so many. */
  | {
      readonly do: 'crash';
      readonly state: State;
      readonly host: number;
      readonly at: number;
      readonly phase: 'before' | 'torn' | 'after' | 'alone';
    }
  /** Says what would be done, and does nothing. */
  | { readonly do: 'plan'; readonly state: State }
  /** Somebody does something to what is ours, or beside it. */
  | { readonly do: 'drift'; readonly host: number; readonly what: Drift }
  | { readonly do: 'destroy' };

/** What somebody else gives to an interface of ours is not ours to take away. */
export const THEIR_ADDRESS = '10.77.0.1';

const first = (...lines: readonly string[]): string => lines.map((line) => `{ ${line}; }`).join(' || ');

export const DRIFTS = {
  'a bridge is deleted': first('ip link del nw0', 'ip link del nw1'),
  'a bridge goes down and gets another MTU': first('ip link set nw0 down mtu 1300', 'ip link set nw1 down mtu 1300'),
  'a bridge loses its addresses': first('ip addr flush dev nw1 scope global', 'ip addr flush dev nw0 scope global'),
  'a namespace is deleted': first(`ip netns del ${LAB}-web`, `ip netns del ${LAB}-db`),
  'an interface inside is renumbered': `ip -n ${LAB}-db addr add ${THEIR_ADDRESS}/24 dev eth0; ip -n ${LAB}-db addr del $(ip -n ${LAB}-db -br -4 addr show eth0 | awk '{print $3}') dev eth0`,
  'an interface inside goes down': first(`ip -n ${LAB}-db link set eth0 down`, `ip -n ${LAB}-app link set eth0 down`),
  'routes inside are flushed': `ip -n ${LAB}-web route flush default`,
  'a program is killed': `kill -9 $(ip netns pids ${LAB}-web; ip netns pids ${LAB}-db)`,
  'our rules are flushed': `nft flush table ip netwright-${LAB}; nft flush table inet netwright-${LAB}`,
  'our rules are deleted': `nft delete table ip netwright-${LAB}; nft delete table inet netwright-${LAB}`,
  'a mark is taken off': first('ip link set nw0 alias ""', 'ip link set nw1 group 0'),
  'forwarding goes off': 'echo 0 >/proc/sys/net/ipv4/ip_forward',
  'a link is cut': first('ip link del p0', `ip -n ${LAB}-web link del p0`, 'ip link del vx0'),
  'policy goes': 'ip rule flush; ip rule add table main priority 32766; ip rule add table default priority 32767',
  'a shaper goes': first(`tc -n ${LAB}-web qdisc del dev eth0 root`, `tc -n ${LAB}-db qdisc del dev eth0 root`),
  'files go': `rm -rf /etc/netns/${LAB}-web /etc/netns/${LAB}-db`,
  'a bridge of somebody else comes':
    'ip link add name theirs address 02:00:00:00:00:77 type bridge; ip addr add 10.99.0.1/24 dev theirs',
} as const;
export type Drift = keyof typeof DRIFTS;

/** What nobody but somebody else takes away again. */
export const THEIRS: Drift = 'a bridge of somebody else comes';
