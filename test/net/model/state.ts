import fc from 'fast-check';
import { LAB } from '../../tasks/plan.ts';
import { parseCase } from '../../tasks/case.ts';
import type { Tasks } from '../../tasks/case.ts';

// What may be wanted of a host: few names and few addresses, so that from one state to the next they collide, change
// hands and swap. Plain JSON, so that a failure can be kept in a file.

export interface Bridge {
  /** 10.NET.0.0/24. */
  readonly net: number;
  /** The last byte of its own address. */
  readonly host: number;
  readonly mtu: number;
  readonly masq?: boolean;
  readonly v6?: boolean;
  readonly icc?: boolean;
}

export interface Container {
  readonly on: readonly string[];
  /** The last byte of its address on the first of them. */
  readonly fixed?: number;
  readonly forward?: boolean;
  readonly program?: number;
}

export interface State {
  readonly bridges: Readonly<Record<string, Bridge>>;
  readonly containers: Readonly<Record<string, Container>>;
  /** Two containers that are there, and the last bytes of their addresses in 192.168.9.0/24. */
  readonly link?: { readonly ends: readonly [string, string]; readonly bytes: readonly [number, number] };
  readonly blackhole?: number;
  readonly rpFilter?: number;
}

/** What happens to a host. */
export type Action =
  | { readonly do: 'apply'; readonly state: State }
  /** The same, killed before or after that step, or not at all if there are fewer. */
  | { readonly do: 'crash'; readonly state: State; readonly at: number; readonly phase: 'before' | 'after' }
  /** Somebody does something to what is ours, or beside it. */
  | { readonly do: 'drift'; readonly what: Drift }
  | { readonly do: 'destroy' };

export const DRIFTS = {
  'a bridge is deleted': 'ip link del nw0 2>/dev/null || ip link del nw1',
  'a bridge goes down and gets another MTU': 'ip link set nw0 down mtu 1300 || ip link set nw1 down mtu 1300',
  'a bridge loses its addresses': 'ip addr flush dev nw1 scope global || ip addr flush dev nw0 scope global',
  'a namespace is deleted': `ip netns del ${LAB}-web || ip netns del ${LAB}-db`,
  'an interface inside is renumbered': `ip -n ${LAB}-db addr add 10.77.0.1/24 dev eth0; ip -n ${LAB}-db addr del $(ip -n ${LAB}-db -br -4 addr show eth0 | awk '{print $3}') dev eth0`,
  'routes inside are flushed': `ip -n ${LAB}-web route flush default`,
  'our rules are flushed': `nft flush table ip netwright-${LAB}`,
  'a mark is taken off': 'ip link set nw0 alias "" || ip link set nw1 group 0',
  'forwarding goes off': 'echo 0 >/proc/sys/net/ipv4/ip_forward',
  'a bridge of somebody else comes':
    'ip link add name theirs address 02:00:00:00:00:77 type bridge; ip addr add 10.99.0.1/24 dev theirs',
} as const;
export type Drift = keyof typeof DRIFTS;

const optional = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 2 });
const BRIDGES = ['nw0', 'nw1'];
const CONTAINERS = ['web', 'db', 'app'];

const bridge: fc.Arbitrary<Bridge> = fc.record(
  {
    net: fc.constantFrom(1, 2),
    host: fc.constantFrom(1, 2),
    mtu: fc.constantFrom(1400, 1500),
    masq: fc.boolean(),
    v6: fc.boolean(),
    icc: fc.boolean(),
  },
  // What a task does not name stays as it is, so it depends on the way.
  { requiredKeys: ['net', 'host', 'mtu'] },
);

const container: fc.Arbitrary<Container> = fc.record(
  {
    on: fc.subarray(BRIDGES).chain((some) => fc.shuffledSubarray(some, { minLength: some.length })),
    fixed: fc.constantFrom(2, 3, 4),
    forward: fc.boolean(),
    program: fc.constantFrom(1000, 1001),
  },
  { requiredKeys: ['on'] },
);

const some = <T>(names: readonly string[], value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.shuffledSubarray([...names]).chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, value]))));

const state: fc.Arbitrary<State> = fc
  .record({
    bridges: some(BRIDGES, bridge),
    containers: some(CONTAINERS, container),
    link: optional(fc.record({ bytes: fc.constantFrom([1, 2] as const, [2, 1] as const), flip: fc.boolean() })),
    blackhole: optional(fc.constantFrom(1, 2)),
    rpFilter: optional(fc.constantFrom(1, 2)),
  })
  .map(({ bridges, containers, link, ...rest }) => {
    const there = Object.keys(bridges);
    const [first, second] = there;
    // Two subnets that overlap are refused before anything is looked at.
    if (second !== undefined) bridges[second] = { ...bridges[second]!, net: 3 - bridges[first!]!.net };
    const attached = Object.entries(containers).map(([name, one]) => {
      const on = one.on.filter((bridge) => there.includes(bridge));
      const { fixed, ...without } = one;
      return [name, { ...(on.length > 0 && fixed !== undefined ? { fixed } : {}), ...without, on }] as const;
    });
    const [a, b] = link?.flip ? Object.keys(containers).toReversed() : Object.keys(containers);
    return {
      bridges,
      containers: Object.fromEntries(attached),
      ...(link && a !== undefined && b !== undefined ? { link: { ends: [a, b] as const, bytes: link.bytes } } : {}),
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    };
  })
  .filter((one) => tasksOf(one).problems.length === 0);

export const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('apply' as const), state }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        state,
        at: fc.integer({ min: 1, max: 40 }),
        phase: fc.constantFrom('before' as const, 'after' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('drift' as const),
        what: fc.constantFrom(...(Object.keys(DRIFTS) as Drift[])),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'destroy' as const }) },
  ),
  { minLength: 3, maxLength: 5 },
);

const cidr = ({ net, host }: Bridge): string => `10.${net}.0.${host}/24`;

/** The playbook's tasks for a state. */
export function taskList({ bridges, containers, link, blackhole, rpFilter }: State): unknown[] {
  return [
    ...Object.entries(bridges).map(([name, one]) => ({
      bridge: {
        name,
        address: cidr(one),
        mtu: one.mtu,
        ...(one.masq === undefined ? {} : { ip_masq: one.masq }),
        ...(one.icc === undefined ? {} : { icc: one.icc }),
        ...(one.v6 ? { fixed_cidr_v6: `2001:db8:${one.net}::/64` } : {}),
      },
    })),
    ...Object.entries(containers).map(([name, { on, fixed, forward, program }]) => ({
      container: {
        name,
        networks: on.map((bridge, index) => ({
          bridge,
          ...(fixed === undefined || index > 0 ? {} : { ipv4_address: `10.${bridges[bridge]!.net}.0.${fixed}` }),
        })),
        ...(forward === undefined ? {} : { ip_forward: forward }),
        ...(program === undefined ? {} : { command: ['sleep', String(program)] }),
      },
    })),
    ...(link
      ? [
          {
            link: {
              endpoints: link.ends.map((container, index) => ({
                container,
                interface: 'p0',
                address: `192.168.9.${link.bytes[index]!}/24`,
              })),
            },
          },
        ]
      : []),
    ...(blackhole === undefined ? [] : [{ route: { to: `10.9${blackhole}.0.0/16`, type: 'blackhole' } }]),
    ...(rpFilter === undefined ? [] : [{ sysctl: { name: 'net.ipv4.conf.all.rp_filter', value: rpFilter } }]),
  ];
}

export const tasksOf = (state: State): Tasks =>
  parseCase(JSON.stringify({ tasks: taskList(state) }), 'model.yml').tasks(LAB, ['tasks']);
