import fc from 'fast-check';
import { BRIDGES, CONTAINERS, type Bridge, type Container, type Extras, type HostState } from './state.ts';

export const one = (...numbers: number[]): fc.Arbitrary<number> => fc.constantFrom(...numbers);
const sometimes = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined, freq: 2 });
export const seldom = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
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

type Wishes = { readonly [Key in keyof Extras]-?: NonNullable<Extras[Key]> | undefined };

const extras: fc.Arbitrary<Wishes> = fc.record({
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

/** What somebody would like a host to have, whether that goes together or not. */
export interface Wish {
  readonly bridges: Readonly<Record<string, Bridge>>;
  readonly containers: Readonly<Record<string, Container>>;
  readonly extras: Wishes;
}

export const wish: fc.Arbitrary<Wish> = fc.record({
  bridges: some(BRIDGES, bridge),
  containers: some(CONTAINERS, container),
  extras,
});

/** What of that goes together. */
export function fulfilled({ bridges: wanted, containers, extras: rest }: Wish): HostState {
  const there = Object.keys(wanted);
  const [a, b] = there;
  // Two subnets that overlap are refused before anything is looked at.
  const bridges = b === undefined ? wanted : { ...wanted, [b]: { ...wanted[b]!, net: 3 - wanted[a!]!.net } };
  return {
    ...{ bridges, containers: Object.fromEntries(possible(containers, bridges)) },
    ...feasible(rest, there, Object.entries(containers)),
  };
}

/** Who is on no bridge has no address to fix, and nothing to publish; a port leads to one of them. */
const possible = (containers: Wish['containers'], bridges: Wish['bridges']): [string, Container][] => {
  const [taken, given] = [new Set<number>(), new Set<string>()];
  return Object.entries(containers).map(([name, { fixed, publish, on: wanted, ...rest }]) => {
    const on = wanted.filter((bridge) => bridge in bridges);
    const free = publish !== undefined && !taken.has(publish) && on.length > 0;
    if (free) taken.add(publish);
    const { host } = bridges[on[0] ?? ''] ?? {};
    const address = fixed === undefined || host === undefined || fixed === host ? '' : `${on[0]!} ${fixed}`;
    const own = address !== '' && !given.has(address) ? { fixed } : {};
    given.add(address);
    return [name, { on, ...rest, ...own, ...(free ? { publish } : {}) }];
  });
};

/** Only what there is something for. */
function feasible(
  raw: Wishes,
  bridges: readonly string[],
  containers: readonly (readonly [string, Container])[],
): Extras {
  const attached = containers.filter(([, { on }]) => on.some((bridge) => bridges.includes(bridge)));
  const isThere = (name: string | undefined): boolean => name === undefined || containers.some(([one]) => one === name);
  const { link, macvlan, via, beyond, rule, ecn, firewall, rate } = raw;
  const isLinked = link?.ends.every((end) => end === 'host' || isThere(end)) === true;
  const taken = new Set([...bridges, ...(isLinked && link.ends.includes('host') ? [link.name] : [])]);
  const kept: Wishes = {
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
