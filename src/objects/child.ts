import { hostEndName } from '../address.ts';
import { HOST, type Command, type Scope } from '../command.ts';
import { addLink, removeLink } from '../facts/effects.ts';
import { findLink, type Link, type World } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Verdict, Wanted } from '../object.ts';
import { holdsName, inScope, refuse } from '../object.ts';
import { linkChanges, mtuOf } from './aspects.ts';
import { lacking } from './capability.ts';
import { foreignLink, isOurs, isOursIn, linkAlias } from './marks.ts';

interface Child {
  readonly name: string;
  readonly kind: 'macvlan' | 'ipvlan' | 'vlan' | 'dummy';
  /** Which link carries it: its name, or `mac:` and its MAC. A dummy is carried by none. */
  readonly parent?: string | undefined;
  /** The namespace of that. */
  readonly parentScope?: Scope | undefined;
  /** Of a macvlan or ipvlan. */
  readonly mode?: string | undefined;
  /** Of a VLAN. */
  readonly vlan?: number | undefined;
  readonly mac?: string | undefined;
  readonly mtu?: number | undefined;
}

/** A link of ours on top of another one, or of none (a dummy), up; the carrier may be in another namespace. */
export const child = (scope: Scope, data: Child): Wanted<Child> => ({ type: 'child', scope, data });

/** A VLAN of the host's own link, which several tasks may need. */
export const sharedVlan = (data: Omit<Child, 'kind'> & { readonly vlan: number }): Wanted<Child> => ({
  type: 'vlan',
  scope: HOST,
  data: { ...data, kind: 'vlan' },
});

/** The name of a VLAN as ip-link(8) and pipework have it, where that is known and short enough. */
export function vlanName(parent: string, vlan: number): string {
  const usual = `${parent}.${vlan}`;
  return parent.startsWith('mac:') || usual.length > 15 ? hostEndName('vlan', parent, `${vlan}`) : usual;
}

/** The hardware interface with a MAC, or the link of a name. A VLAN or macvlan has its carrier's MAC, and is not meant. */
export function findParent(world: World, scope: Scope, parent: string): Link | undefined {
  if (!parent.startsWith('mac:')) return findLink(world, scope, parent);
  const mac = parent.slice('mac:'.length).toLowerCase();
  const found = (world.nets[scope]?.links ?? []).filter((link) => link.mac === mac && link.parent === undefined);
  return found.find(({ kind }) => kind === undefined) ?? found[0];
}

export const missingParent = (scope: Scope, parent: string): Verdict =>
  parent.startsWith('mac:')
    ? refuse('MISSING_LINK', `no interface${inScope(scope) || ' of this host'} has the MAC ${parent.slice(4)}`)
    : refuse('MISSING_LINK', `there is no interface ${parent}${inScope(scope) || ' on this host'}`);

const typeWords = ({ kind, mode, vlan }: Child): string[] => [
  'type',
  kind,
  ...(mode === undefined ? [] : ['mode', mode]),
  ...(vlan === undefined ? [] : ['id', `${vlan}`]),
];

function add(scope: Scope, data: Child, parent: Link | undefined, { group, lab }: Ground): Change {
  const { name, mac, mtu, parentScope = scope } = data;
  const away = parentScope !== scope;
  // The kernel looks for the new name in the namespace of the command too, so it gets its own only when it is there.
  const first = away ? temporaryName(scope, name) : name;
  const alias = scope === HOST ? linkAlias(lab) : undefined;
  const ip = (where: Scope, ...argv: string[]): Command => ({ do: 'ip', scope: where, argv });
  return {
    verb: '+',
    what: name,
    why: 'missing',
    commands: [
      ip(
        away ? parentScope : scope,
        ...['link', 'add', ...(parent ? ['link', parent.name] : []), 'name', first, ...(away ? ['netns', scope] : [])],
        ...['group', `${group}`, ...(mtu === undefined ? [] : ['mtu', `${mtu}`])],
        ...[...(mac === undefined ? [] : ['address', mac]), ...typeWords(data)],
      ),
      ...(away ? [ip(scope, 'link', 'set', 'dev', first, 'name', name)] : []),
      ip(scope, 'link', 'set', 'dev', name, ...(alias === undefined ? [] : ['alias', alias]), 'up'),
    ],
    undo: [ip(scope, 'link', 'del', 'dev', name)],
    effect: (world) => {
      const from = parent && findLink(world, parentScope, parent.name);
      addLink(world, scope, {
        ...{ name, kind: data.kind, mtu: mtu ?? from?.mtu ?? 1500, up: true, group },
        ...(alias === undefined ? {} : { alias }),
        mac: mac ?? (data.kind === 'macvlan' || data.kind === 'dummy' ? '' : (from?.mac ?? '')),
        ...(from ? { parent: { scope: parentScope, index: from.index } } : {}),
        ...{ mode: data.mode, vlan: data.vlan },
      });
    },
  };
}

const temporaryName = (scope: Scope, name: string): string => hostEndName('', scope, name);

const drop = (scope: Scope, name: string, why: string): Change => ({
  verb: '-',
  what: name,
  why,
  commands: [{ do: 'ip', scope, argv: ['link', 'del', 'dev', name] }],
  effect: (world) => {
    removeLink(world, scope, name);
  },
});

/** What keeps a link from being the one that is wanted: it has to be made anew. */
function unlike(link: Link, data: Child, parentScope: Scope, parent: Link | undefined): string | undefined {
  if (link.kind !== data.kind) return `is a ${link.kind ?? 'hardware interface'}`;
  if (parent && (link.parent?.scope !== parentScope || link.parent.index !== parent.index)) return 'on another link';
  if (data.mode !== undefined && link.mode !== data.mode) return `mode ${link.mode}`;
  return data.vlan === link.vlan ? undefined : `VLAN ${link.vlan}`;
}

const readsOf = ({ scope, data }: Wanted<Child>) => [
  { fact: 'net', scope } as const,
  { fact: 'net', scope: data.parentScope ?? scope } as const,
  ...(scope === HOST ? [] : [{ fact: 'details', scope } as const]),
  { fact: 'capability', name: data.kind } as const,
];

const remove = ({ scope, data }: Pick<Wanted<Child>, 'scope' | 'data'>, ground: Ground): Verdict => {
  const link = findLink(ground.world, scope, data.name);
  // Another sort of link may have taken its name since.
  return link?.kind === data.kind && isOurs(link, ground) ? [drop(scope, data.name, 'remove')] : [];
};

const holds = ({ scope, data: { kind, name, parent = '', parentScope = scope, vlan } }: Wanted<Child>) => [
  ...holdsName(kind, scope, name),
  ...(vlan === undefined
    ? []
    : [{ what: `the VLAN ${vlan} of ${parent}${inScope(parentScope)}`, by: `VLAN ${name}${inScope(scope)}` }]),
];

export const childType: ObjectType<Child> = {
  type: 'child',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  reads: readsOf,
  holds,
  diff: ({ scope, data }, ground) => diff(scope, data, ground, false),
  before: () => ({}),
  remove,
};

export const vlanType: ObjectType<Child> = {
  type: 'vlan',
  volatile: true,
  shared: true,
  id: ({ name }) => name,
  reads: readsOf,
  diff: ({ scope, data }, ground) => diff(scope, data, ground, true),
  before({ scope, data }, ground) {
    const link = findLink(ground.world, scope, data.name);
    return link && !isOurs(link, ground) ? 'foreign' : {};
  },
  remove: (entry, ground) => (ground.others.length > 0 ? [] : remove(entry, ground)),
};

/** `usable`: one that is there already and as wanted will do, whosesoever it is. */
function diff(scope: Scope, data: Child, ground: Ground, usable: boolean): Verdict {
  const { world } = ground;
  const { name, kind, parentScope = scope } = data;
  const lack = lacking(
    world,
    kind,
    `${name}, ${kind === 'vlan' ? 'a VLAN' : kind === 'ipvlan' ? 'an ipvlan' : `a ${kind}`},`,
  );
  const parent = data.parent === undefined ? undefined : findParent(world, parentScope, data.parent);
  const link = findLink(world, scope, name);
  if (!link && lack) return lack;
  if (data.parent !== undefined && !parent) return missingParent(parentScope, data.parent);
  const wrong = link && unlike(link, data, parentScope, parent);
  if (link && !isOursIn(scope, link, ground)) {
    return usable && wrong === undefined && link.up ? [] : foreignLink(link, scope, false);
  }
  const leftover = findLink(world, scope, temporaryName(scope, name));
  const cleared = leftover ? [drop(scope, leftover.name, 'half made')] : [];
  if (!link) return [...cleared, add(scope, data, parent, ground)];
  if (wrong !== undefined) return [drop(scope, name, wrong), add(scope, data, parent, ground)];
  // The kernel makes it as large as what it is on, and smaller with that, but never larger again. What is somebody else's
  // may have been made larger for others.
  const mtu = data.mtu ?? (parent?.group === ground.group ? parent.mtu : mtuOf(undefined, ground, parent?.mtu));
  return linkChanges(scope, link, { mtu, mac: data.mac }, ground);
}
