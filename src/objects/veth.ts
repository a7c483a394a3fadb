import type { Command, Scope } from '../command.ts';
import { addLink, pair, removeLink } from '../facts/effects.ts';
import { arePeers, findLink, type Link, type World } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Wanted } from '../object.ts';
import { holdsName, refuse } from '../object.ts';
import { linkChanges, mtuOf, USUAL_MTU } from './aspects.ts';
import { foreignLink, isOurs, isOursIn, linkAlias } from './marks.ts';

interface Veth {
  readonly name: string;
  readonly master?: string | undefined;
  readonly mtu?: number | undefined;
  readonly mac?: string | undefined;
  /** Cut off from the other isolated ports of the bridge, for every protocol. */
  readonly isolated?: boolean | undefined;
  readonly peer: { readonly scope: Scope; readonly name: string; readonly mac?: string | undefined };
}

/** A veth pair of ours, both ends up; `scope` and `name` are its first end, usually the host's. */
export const veth = (scope: Scope, data: Veth): Wanted<Veth> => ({ type: 'veth', scope, data });

const options = (mtu: number | undefined, mac: string | undefined): string[] => [
  ...(mtu === undefined ? [] : ['mtu', `${mtu}`]),
  ...(mac === undefined ? [] : ['address', mac]),
];

/** Up, and on the host with the second mark. */
const raise = (scope: Scope, name: string, lab: string): Command => ({
  do: 'ip',
  scope,
  argv: ['link', 'set', 'dev', name, ...(scope === '' ? ['alias', linkAlias(lab)] : []), 'up'],
});

const isolate = (name: string): string[] => ['link', 'set', 'dev', name, 'type', 'bridge_slave', 'isolated', 'on'];

const masterOf = ({ master }: Veth, { world }: Ground): Link | undefined =>
  master === undefined ? undefined : findLink(world, '', master);

function add(scope: Scope, data: Veth, ground: Ground): Change {
  const { name, master, mac, isolated, peer } = data;
  const { group, lab } = ground;
  const bridge = masterOf(data, ground)?.mtu;
  // A smaller port would make a bridge smaller whose MTU nobody fixed (br_mtu_auto_adjust in the kernel).
  const mtu = data.mtu ?? (bridge === USUAL_MTU ? undefined : bridge);
  const alias = linkAlias(lab);
  const first = ['group', `${group}`, ...options(mtu, mac), ...(master === undefined ? [] : ['master', master])];
  const second = [...(peer.scope === '' ? ['netns', '1'] : ['netns', peer.scope])];
  return {
    verb: '+',
    what: peer.name,
    why: 'missing',
    commands: [
      {
        do: 'ip',
        scope,
        argv: [
          ...['link', 'add', 'name', name, ...first, 'type', 'veth', 'peer', 'name', peer.name],
          ...[...(peer.scope === scope ? [] : second), 'group', `${group}`, ...options(mtu, peer.mac)],
        ],
      },
      ...(isolated === true ? [{ do: 'ip', scope, argv: isolate(name) } as const] : []),
      raise(scope, name, lab),
      raise(peer.scope, peer.name, lab),
    ],
    undo: [{ do: 'ip', scope, argv: ['link', 'del', 'dev', name] }],
    effect: (world) => {
      const common = { kind: 'veth', mtu: mtu ?? USUAL_MTU, up: true, group, alias };
      const port = { master, ...(isolated === true ? { isolated } : {}) };
      const a = addLink(world, scope, { ...common, name, mac: mac ?? '', ...port });
      const b = addLink(world, peer.scope, { ...common, name: peer.name, mac: peer.mac ?? '' });
      pair(world, [scope, a], [peer.scope, b]);
    },
  };
}

/** Why a link that has the name of an end is none. */
const other = ({ kind = 'veth' }: Link): string => (kind === 'veth' ? 'its other end is gone' : `is a ${kind}`);

type End = readonly [Scope, string];

/** What is left of a pair whose namespace has ended: the kernel takes it away too, when it comes to it. */
const leftover = ([scope, name]: End, link: Link): Change => ({
  ...drop([scope, name], other(link)),
  commands: [{ do: 'run', scope, argv: ['sh', '-c', UNLESS_GONE, name] }],
});

const UNLESS_GONE = 'ip link del dev "$0" 2>/dev/null || [ ! -e "/sys/class/net/$0" ]';

/** Takes one end away, and with it the other, if that is known. */
const drop = ([scope, name]: End, why: string, other?: End): Change => ({
  verb: '-',
  what: name,
  why,
  commands: [{ do: 'ip', scope, argv: ['link', 'del', 'dev', name] } satisfies Command],
  effect: (world) => {
    removeLink(world, scope, name, other);
  },
});

const paired = (world: World, [scopeA, a]: End, [scopeB, b]: End): boolean => {
  const [one, two] = [findLink(world, scopeA, a), findLink(world, scopeB, b)];
  return one !== undefined && two !== undefined && arePeers([scopeA, one], [scopeB, two]);
};

/** Whether the other end of a link is another than it should be: then it is another veth, which took its name. */
const isElsewhere = (world: World, [scope, name]: End, [otherScope, otherName]: End): boolean => {
  const link = findLink(world, scope, name);
  const ends = Object.entries(world.nets).flatMap(([where, { links }]) =>
    links.filter((end) => link && arePeers([scope, link], [where, end])).map((end) => ({ where, name: end.name })),
  );
  return ends.length > 0 && !ends.some((end) => end.where === otherScope && end.name === otherName);
};

export const vethType: ObjectType<Veth> = {
  type: 'veth',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  holds: ({ scope, data: { name, peer } }) => [
    ...holdsName('veth', scope, name),
    ...holdsName('veth', peer.scope, peer.name),
  ],
  reads: ({ scope, data }) => [
    { fact: 'net', scope },
    { fact: 'net', scope: data.peer.scope },
    // Between two named namespaces; the host says it without being asked.
    ...(scope !== '' && data.peer.scope !== ''
      ? [scope, data.peer.scope].map((end) => ({ fact: 'peers', scope: end }) as const)
      : []),
  ],
  diff({ scope, data }, ground) {
    const { peer } = data;
    const a = findLink(ground.world, scope, data.name);
    const b = findLink(ground.world, peer.scope, peer.name);
    if (a && !isOursIn(scope, a, ground)) return foreignLink(a, scope, false);
    if (b && !isOursIn(peer.scope, b, ground)) return foreignLink(b, peer.scope, false);
    const master = masterOf(data, ground);
    if (data.master !== undefined && !master) {
      return refuse('MISSING_LINK', `there is no bridge ${data.master} on this host`);
    }
    if (master && master.kind !== 'bridge') {
      return refuse('WRONG_LINK', `${master.name} is a ${master.kind ?? 'hardware interface'}, not a bridge`);
    }
    if (a && b && paired(ground.world, [scope, data.name], [peer.scope, peer.name])) {
      const mtu = mtuOf(data.mtu, ground, master?.mtu);
      return [
        ...linkChanges(scope, a, { mtu, mac: data.mac, master: data.master, isolated: data.isolated }, ground),
        ...linkChanges(peer.scope, b, { mtu, mac: peer.mac }, ground),
      ];
    }
    const leftovers = [
      ...(a ? [leftover([scope, data.name], a)] : []),
      ...(b ? [leftover([peer.scope, peer.name], b)] : []),
    ];
    return [...leftovers, add(scope, data, ground)];
  },
  before: () => ({}),
  remove({ scope, data }, ground) {
    // Either end takes the other with it; in a namespace of ours both go with that.
    const ends: readonly [End, End] = [
      [scope, data.name],
      [data.peer.scope, data.peer.name],
    ];
    const whole = paired(ground.world, ...ends);
    for (const [end, other] of [ends, ends.toReversed() as [End, End]]) {
      const link = findLink(ground.world, ...end);
      // Another sort of link may have taken its name since.
      if (!link || (link.kind ?? 'veth') !== 'veth') continue;
      if (!isOurs(link, ground) || isElsewhere(ground.world, end, other)) continue;
      return [drop(end, 'remove', whole ? other : undefined)];
    }
    return [];
  },
};
