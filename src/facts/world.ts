import type { Scope } from '../command.ts';
import type { Engine, Runtime } from './engine.ts';
import type { Capability } from './capability.ts';
import type { Ledger } from './ledger.ts';
import type { Nft } from './nft.ts';
import type { Owed } from './owed.ts';
import type { SystemFacts } from './system.ts';

export type Family = 4 | 6;

/** An address on a link; `cidr` is canonical `address/prefix`. */
export interface LinkAddress {
  readonly cidr: string;
  /** Dies with the first address of its subnet, unless the kernel promotes it. */
  readonly secondary: boolean;
  /** Made by the kernel itself (link-local from the MAC) or by a router's advertisement. */
  readonly automatic: boolean;
  /** Duplicate address detection found another owner. */
  readonly failed: boolean;
  /** Was given without that detection. */
  readonly nodad?: true | undefined;
}

export interface Link {
  readonly name: string;
  readonly index: number;
  /** `bridge`, `veth`, …; absent for hardware and where details were not asked for. */
  readonly kind?: string | undefined;
  mac: string;
  mtu: number;
  up: boolean;
  master?: string | undefined;
  /** The index of the other end of a veth, or of the parent of a macvlan. */
  readonly peer?: number | undefined;
  /** The named namespace in which that is; absent where it is this one, the host's own, or not known. */
  readonly peerScope?: Scope | undefined;
  /** A bridge port that reaches no other isolated port. */
  isolated?: boolean | undefined;
  /** Of a macvlan, ipvlan or VLAN link: the link that carries it; `scope` is the host where it is not known. */
  readonly parent?: { readonly scope: Scope; readonly index: number } | undefined;
  /** Of a macvlan or ipvlan: `bridge`, `l2`, … */
  readonly mode?: string | undefined;
  /** Of a VLAN link: its number. */
  readonly vlan?: number | undefined;
  /** Of a bridge: whether it keeps VLANs apart. */
  filtering?: boolean | undefined;
  /** Made or moved by the plan itself. */
  fresh?: true | undefined;
  /** Of a VXLAN link. */
  readonly vxlan?: { readonly id: number; readonly port: number; readonly local?: string | undefined } | undefined;
  group: number;
  alias?: string | undefined;
  addresses: LinkAddress[];
}

export interface Route {
  readonly family: Family;
  /** `default` or a canonical network; a single address has its full prefix. */
  readonly to: string;
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  readonly metric: number;
  readonly table: string;
  readonly src?: string | undefined;
  readonly protocol: string;
  readonly type: string;
  readonly scope?: string | undefined;
  readonly onlink: boolean;
  /** Has more to it (several gateways, metrics, an encapsulation), so that we could not write it again. */
  readonly opaque?: true;
}

/** One network namespace as it was seen. */
export interface Net {
  links: Link[];
  routes: Route[];
  /** Interface (also `all`, `default`) to whether it forwards. */
  forwarding: { 4: Record<string, boolean>; 6: Record<string, boolean> };
}

/** A rule of policy routing (`ip rule`). */
export interface PolicyRule {
  readonly family: Family;
  readonly priority: number;
  /** The words of `ip rule add` that select packets and say what becomes of them, in one order. */
  readonly words: readonly string[];
  readonly protocol?: string | undefined;
}

/** A queueing discipline, as `tc -j` shows it. */
export interface Qdisc {
  readonly kind: string;
  /** `7a3f:`; `0:` is what the kernel gives by itself. */
  readonly handle: string;
  /** Absent for the root. */
  readonly parent?: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface PortVlan {
  readonly vid: number;
  readonly pvid: boolean;
  readonly untagged: boolean;
}

/** An address for which the host answers neighbour solicitations on a link. */
export interface NeighbourProxy {
  readonly dev: string;
  readonly address: string;
}

/** What is bound to a port of the host. */
export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  /** Canonical; absent where it is every address, of the family or (also absent) of both. */
  readonly address?: string | undefined;
  readonly family?: Family | undefined;
  readonly port: number;
}

/** `astray`: it runs, but in a namespace that has no name any more, or another one has it. */
export const LEASE_STATES = ['bound', 'asking', 'astray', 'dead'] as const;

/** A DHCP client of ours. */
export interface Lease {
  readonly state: (typeof LEASE_STATES)[number];
  readonly digest: string;
  /** `address/prefix` that the server gave; absent where nobody has seen it yet. */
  readonly address?: string | undefined;
}

export const leaseKey = (scope: Scope, dev: string): string => `${scope} ${dev}`;

export interface FileFact {
  readonly content: string;
  readonly mode: string;
}

/** Everything that was seen of one host; the planner works on its own copy. */
export interface World {
  /** The kernel's boot_id. */
  boot: string;
  /** By namespace: the hosts file of an engine's container. */
  engineHosts: Record<Scope, string>;
  /** By scope; `''` is the host. A namespace that does not exist has no entry. */
  nets: Record<Scope, Net>;
  /**
   * Names in /run/netns; `file` is what an interrupted `ip netns add` leaves, and `-> PATH` a name for a namespace that
   * somebody else has.
   */
  namespaces: Record<string, 'netns' | 'file' | `-> ${string}`>;
  /** Engines that were asked for. */
  engines: Partial<Record<Runtime, Engine>>;
  /** By `SCOPE KEY`; absent when the kernel has no such key. */
  sysctls: Record<string, string>;
  /** By scope: the rule set of a namespace that was asked for it. */
  nft: Record<Scope, Nft>;
  /** What `iptables -S` and `ip6tables -S` print, line by line without quotes; absent when they are not in use. */
  iptables: { 4?: string[] | undefined; 6?: string[] | undefined };
  files: Record<string, FileFact>;
  /** What is in the folders of /etc/netns, by its path. */
  netnsFiles: string[];
  /** Ledgers of all labs on the host. */
  ledgers: Record<string, Ledger>;
  /** Labs whose ledger a later version of ours wrote. */
  ofLater?: string[] | undefined;
  /** By lab: the handlers that earlier runs left to do. */
  owed?: Record<string, Owed> | undefined;
  /** By namespace: the digest of the program that `start` left running there, or `astray` where it is not there any more. */
  processes: Record<Scope, string>;
  /** By `SCOPE LINK`: the DHCP client that `lease` left running there. */
  leases: Record<string, Lease>;
  proxies: NeighbourProxy[];
  listeners: Listener[];
  /** By VXLAN link: the hosts to which it sends what is for everyone. */
  floods: Record<string, string[]>;
  /** Programs that the host lacks. */
  missing: string[];
  /** By the names of ./capability.ts: whether the kernel has it. Absent: nobody asked. */
  capabilities: Record<string, boolean>;
  /** By `SCOPE`: the rules of policy routing. */
  rules: Record<Scope, PolicyRule[]>;
  /** By `SCOPE LINK`: its queueing disciplines, the root first. */
  qdiscs: Record<string, Qdisc[]>;
  /** By port: the VLANs that a bridge lets through it. */
  portVlans: Record<string, PortVlan[]>;
  /** `client address, client port, server address, server port` of our own SSH session. */
  connection?: readonly string[] | undefined;
  /** What it is, for `ansible_facts`; absent: nobody asked. */
  system?: SystemFacts | undefined;
}

/** What must be looked at; only what is named is gathered. */
export type Read =
  | { readonly fact: 'net'; readonly scope: Scope }
  /** With that, the names of the namespaces in which its links have their other ends; of the host always. */
  | { readonly fact: 'peers'; readonly scope: Scope }
  /** A namespace with what only details show of its links; of the host always. */
  | { readonly fact: 'details'; readonly scope: Scope }
  | { readonly fact: 'capability'; readonly name: Capability }
  /** Whether a program is there, into `missing` if not. */
  | { readonly fact: 'tool'; readonly name: string }
  | { readonly fact: 'rules'; readonly scope: Scope }
  | { readonly fact: 'qdisc'; readonly scope: Scope; readonly dev: string }
  | { readonly fact: 'port_vlans' }
  | { readonly fact: 'system' }
  | { readonly fact: 'sysctl'; readonly scope: Scope; readonly key: string }
  /** `accept_ra` of every interface of the host, into `sysctls`. */
  | { readonly fact: 'accept_ra' }
  | { readonly fact: 'proxies' }
  /** The paths of all files in /etc/netns. */
  | { readonly fact: 'netns_files' }
  | { readonly fact: 'listeners' }
  /** Of a VXLAN link: where it sends what is for everyone. */
  | { readonly fact: 'flood'; readonly dev: string }
  | { readonly fact: 'nft'; readonly scope: Scope }
  | { readonly fact: 'iptables' }
  | { readonly fact: 'file'; readonly path: string }
  | { readonly fact: 'process'; readonly scope: Scope }
  | { readonly fact: 'lease'; readonly scope: Scope; readonly dev: string }
  /** A container by its name or id; what is asked of `scope` is asked of its namespace. */
  | { readonly fact: 'container'; readonly runtime: Runtime; readonly name: string; readonly scope: Scope }
  /** With that, its hosts file. */
  | { readonly fact: 'engine_hosts'; readonly runtime: Runtime; readonly name: string; readonly scope: Scope }
  /** All networks of an engine; or its daemon, with everything that runs under it. */
  | { readonly fact: 'networks' | 'daemon'; readonly runtime: Runtime }
  /** Where a lab has lost its ledger: the networks of an engine, and the containers with the lab's label. */
  | { readonly fact: 'labelled'; readonly runtime: Runtime; readonly lab: string };

export const readKey = (read: Read): string => Object.values(read).join(' ');

export const emptyNet = (): Net => ({ links: [], routes: [], forwarding: { 4: {}, 6: {} } });

export const findLink = (world: World, scope: Scope, name: string): Link | undefined =>
  world.nets[scope]?.links.find((link) => link.name === name);

/** Whether two links are the ends of one veth. Indexes alone do not tell: each namespace counts for itself. */
export function arePeers([scopeA, a]: readonly [Scope, Link], [scopeB, b]: readonly [Scope, Link]): boolean {
  const isIn = (named: Scope | undefined, scope: Scope): boolean => named === undefined || named === scope;
  return a !== b && a.peer === b.index && b.peer === a.index && isIn(a.peerScope, scopeB) && isIn(b.peerScope, scopeA);
}

export const sysctlFact = (world: World, scope: Scope, key: string): string | undefined =>
  world.sysctls[`${scope} ${key}`];
