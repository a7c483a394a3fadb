import fc from 'fast-check';
import { BRIDGES, CONTAINERS, DRIFTS, HOSTS, type Action, type Drift, type State } from './state.ts';
import { fulfilled, one, seldom, wish, type Wish } from './wish.ts';

/** What a host is to have next, and what of the state before it is to keep. */
interface Next {
  readonly wish: Wish;
  readonly keep: { readonly bridges: boolean; readonly containers: readonly string[]; readonly extras: boolean };
}

interface Plan {
  readonly hosts: Readonly<Record<string, Next>>;
  readonly overlay: State['overlay'];
}

type Planned = Exclude<Action, { readonly state: State }> | (Unstated<Action> & { readonly state: Plan });
type Unstated<T> = T extends { readonly state: State } ? Omit<T, 'state'> : never;

const next: fc.Arbitrary<Next> = fc.record({
  wish,
  keep: fc.record({ bridges: fc.boolean(), containers: fc.subarray([...CONTAINERS]), extras: fc.boolean() }),
});

const plan = (count: number): fc.Arbitrary<Plan> =>
  fc.record({
    hosts: fc.record(Object.fromEntries(HOSTS.slice(0, count).map((name) => [name, next]))),
    overlay: seldom(
      fc.record({
        name: fc.constantFrom('vx0', 'mv0'),
        id: one(42, 43),
        bridge: fc.constantFrom(...BRIDGES, undefined),
      }),
    ),
  });

function mixed(before: Wish | undefined, { wish: wanted, keep }: Next): Wish {
  if (!before) return wanted;
  const kept = Object.entries(before.containers).filter(([name]) => keep.containers.includes(name));
  return {
    bridges: keep.bridges ? before.bridges : wanted.bridges,
    containers: { ...wanted.containers, ...Object.fromEntries(kept) },
    extras: keep.extras ? before.extras : wanted.extras,
  };
}

function stateOf(wishes: ReadonlyMap<string, Wish>, overlay: State['overlay']): State {
  const hosts = Object.fromEntries([...wishes].map(([name, one]) => [name, fulfilled(one)]));
  const all = Object.values(hosts);
  const isFree = overlay && all.length > 1 && all.every(({ macvlan }) => macvlan?.name !== overlay.name);
  if (!isFree) return { hosts };
  const { bridge, ...rest } = overlay;
  // Through a tunnel goes less than over the link under it.
  const inBridge = bridge !== undefined && all.every(({ bridges }) => bridges[bridge]?.mtu === 1400);
  return { hosts, overlay: inBridge ? overlay : rest };
}

/** Each state from its plan and the state before. */
function actionsOf(planned: readonly Planned[]): Action[] {
  const wishes = new Map<string, Wish>();
  return planned.map((action) => {
    if (!('state' in action)) return action;
    const { hosts, overlay } = action.state;
    for (const [name, one] of Object.entries(hosts)) wishes.set(name, mixed(wishes.get(name), one));
    return { ...action, state: stateOf(wishes, overlay) };
  });
}

const action = (count: number): fc.Arbitrary<Planned> => {
  const host = fc.integer({ min: 0, max: count - 1 });
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('apply' as const), state: plan(count) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        ...{ do: fc.constant('crash' as const), state: plan(count), host, at: fc.integer({ min: 1, max: 60 }) },
        phase: fc.constantFrom('before' as const, 'torn' as const, 'after' as const, 'alone' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('plan' as const), state: plan(count) }) },
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
  .oneof({ weight: 6, arbitrary: one(1) }, { weight: 1, arbitrary: one(2) }, { weight: 1, arbitrary: one(3) })
  .chain((count) =>
    fc
      .tuple(
        fc.record({ do: fc.constant('apply' as const), state: plan(count) }),
        fc.array(action(count), { minLength: 1, maxLength: count === 1 ? 3 : 2 }),
      )
      .map(([begin, rest]) => actionsOf([begin, ...rest])),
  );
