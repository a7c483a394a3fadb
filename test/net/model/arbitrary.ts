import fc from 'fast-check';
import {
  BRIDGES,
  CONTAINERS,
  DRIFTS,
  HOSTS,
  type Action,
  type Bridge,
  type Container,
  type Drift,
  type Extras,
  type HostState,
  type State,
} from './state.ts';

const one = (...numbers: number[]): fc.Arbitrary<number> => fc.constantFrom(...numbers);
const sometimes = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined, freq: 2 });
const seldom = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: arb });

const bridge: fc.Arbitrary<Bridge> = fc.record({
  net: one(1, 2),
  host: one(1, 2),
  mtu: one(1400, 1500),
  masq: sometimes(fc.boolean()),
  v6: sometimes(fc.boolean()),
  icc: sometimes(fc.boolean()),
});

const container: fc.Arbitrary<Container> = fc.record({
  on: fc.subarray([...BRIDGES]).chain((some) => fc.shuffledSubarray(some, { minLength: some.length })),
  fixed: sometimes(one(2, 3, 4)),
  forward: sometimes(fc.boolean()),
  program: sometimes(one(1000, 1001)),
  dns: seldom(one(1, 2)),
  publish: seldom(one(8080, 8081)),
});

const some = <T>(names: readonly string[], value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.shuffledSubarray([...names]).chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, value]))));

/** A container, or the host. */
const place = fc.constantFrom(...CONTAINERS, undefined);
const inside = fc.constantFrom<string>(...CONTAINERS);
const table = one(100, 101, 254);

type Raw = { readonly [Key in keyof Extras]-?: NonNullable<Extras[Key]> | undefined };

const extras: fc.Arbitrary<Raw> = fc.record({
  link: sometimes(
    fc.record({
      ends: fc.shuffledSubarray(['host', ...CONTAINERS], { minLength: 2, maxLength: 2 }),
      bytes: fc.constantFrom([1, 2], [2, 1]),
      name: fc.constantFrom('p0', 'nw1'),
    }),
  ),
  macvlan: seldom(fc.record({ name: fc.constantFrom('mv0', 'nw1'), byte: one(1, 2), container: place })),
  blackhole: seldom(one(1, 2)),
  via: seldom(fc.record({ bridge: fc.constantFrom(...BRIDGES), table, byte: one(8, 9) })),
  beyond: sometimes(fc.record({ container: inside })),
  rule: seldom(fc.record({ from: one(1, 2), table, container: place })),
  rpFilter: seldom(one(1, 2)),
  ecn: seldom(fc.record({ container: inside, value: one(0, 1) })),
  firewall: seldom(fc.record({ port: one(81, 82), container: place, masquerade: fc.boolean() })),
  rate: seldom(fc.record({ container: inside, value: one(100, 200) })),
  adopt: seldom(fc.record({ mtu: one(1400, 1500), byte: one(1, 2) })),
});

const hostState: fc.Arbitrary<HostState> = fc
  .record({ bridges: some(BRIDGES, bridge), containers: some(CONTAINERS, container), extras })
  .map(({ bridges, containers, extras: raw }) => {
    const there = Object.keys(bridges);
    const [a, b] = there;
    // Two subnets that overlap are refused before anything is looked at.
    if (b !== undefined) bridges[b] = { ...bridges[b]!, net: 3 - bridges[a!]!.net };
    return {
      ...{ bridges, containers: Object.fromEntries(possible(containers, there)) },
      ...feasible(raw, there, Object.entries(containers)),
    };
  });

/** Who is on no bridge has no address to fix, and nothing to publish; a port leads to one of them. */
const possible = (containers: Record<string, Container>, bridges: readonly string[]): [string, Container][] => {
  const taken = new Set<number>();
  return Object.entries(containers).map(([name, { fixed, publish, on: wanted, ...rest }]) => {
    const on = wanted.filter((bridge) => bridges.includes(bridge));
    const free = publish !== undefined && !taken.has(publish) && on.length > 0;
    if (free) taken.add(publish);
    return [name, { on, ...rest, ...(on.length > 0 ? { fixed } : {}), ...(free ? { publish } : {}) }];
  });
};

/** Only what there is something for. */
function feasible(raw: Raw, bridges: readonly string[], containers: readonly (readonly [string, Container])[]): Extras {
  const attached = containers.filter(([, { on }]) => on.some((bridge) => bridges.includes(bridge)));
  const isThere = (name: string | undefined): boolean => name === undefined || containers.some(([one]) => one === name);
  const { link, macvlan, via, beyond, rule, ecn, firewall, rate } = raw;
  const isLinked = link?.ends.every((end) => end === 'host' || isThere(end)) === true;
  const taken = new Set([...bridges, ...(isLinked && link.ends.includes('host') ? [link.name] : [])]);
  const kept: Raw = {
    ...raw,
    link: isLinked && (link.name !== 'nw1' || !bridges.includes('nw1')) ? link : undefined,
    macvlan: macvlan && !taken.has(macvlan.name) && isOn(macvlan.container, bridges, attached) ? macvlan : undefined,
    via: via && bridges.includes(via.bridge) ? via : undefined,
    rule: rule && isThere(rule.container) ? rule : undefined,
    ecn: ecn && isThere(ecn.container) ? ecn : undefined,
    firewall: firewall && isThere(firewall.container) ? firewall : undefined,
    rate: rate && attached.some(([name]) => name === rate.container) ? rate : undefined,
    beyond: undefined,
  };
  const beside = kept.link && beyond && kept.link.ends.includes(beyond.container) ? { beyond } : {};
  return { ...Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)), ...beside };
}

/** The host's is on nw0, and a container's on its eth0. */
const isOn = (
  container: string | undefined,
  bridges: readonly string[],
  attached: readonly (readonly [string, Container])[],
): boolean => (container === undefined ? bridges.includes('nw0') : attached.some(([name]) => name === container));

const state = (count: number): fc.Arbitrary<State> =>
  fc
    .record({
      hosts: fc.record(Object.fromEntries(HOSTS.slice(0, count).map((name) => [name, hostState]))),
      overlay: seldom(
        fc.record({
          name: fc.constantFrom('vx0', 'mv0'),
          id: one(42, 43),
          bridge: fc.constantFrom(...BRIDGES, undefined),
        }),
      ),
    })
    .map(({ hosts, overlay }): State => {
      const all = Object.values(hosts);
      const isFree = overlay && count > 1 && all.every(({ macvlan }) => macvlan?.name !== overlay.name);
      if (!isFree) return { hosts };
      const { bridge, ...rest } = overlay;
      const inBridge = bridge !== undefined && all.every(({ bridges }) => bridges[bridge] !== undefined);
      return { hosts, overlay: inBridge ? overlay : rest };
    });

const action = (count: number): fc.Arbitrary<Action> => {
  const host = fc.integer({ min: 0, max: count - 1 });
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('apply' as const), state: state(count) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        ...{ do: fc.constant('crash' as const), state: state(count), host, at: fc.integer({ min: 1, max: 60 }) },
        phase: fc.constantFrom('before' as const, 'torn' as const, 'after' as const, 'alone' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('plan' as const), state: state(count) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        ...{ do: fc.constant('drift' as const), host },
        what: fc.constantFrom(...(Object.keys(DRIFTS) as Drift[])),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'destroy' as const }) },
  );
};

/** A way, and on how many hosts. Mostly they begin with a state, since there is little to do to a bare host. */
export const way: fc.Arbitrary<Action[]> = fc
  .oneof({ weight: 4, arbitrary: one(1) }, { weight: 1, arbitrary: one(2) }, { weight: 1, arbitrary: one(3) })
  .chain((count) =>
    fc
      .tuple(
        fc.record({ do: fc.constant('apply' as const), state: state(count) }),
        fc.array(action(count), { minLength: 1, maxLength: count === 1 ? 4 : 3 }),
      )
      .map(([begin, rest]): Action[] => [begin, ...rest]),
  );
