import { HOST } from '../command.ts';
import { addLink, changeLink, removeLink } from '../facts/effects.ts';
import { findLink, type Link } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Wanted } from '../object.ts';
import { holdsName, refuse } from '../object.ts';
import { linkChanges, mtuOf, USUAL_MTU, wasWanted } from './aspects.ts';
import { lacking } from './capability.ts';
import { foreignLink, isOurs, linkAlias } from './marks.ts';

interface Bridge {
  readonly name: string;
  /** Fixed, because a bridge otherwise takes the lowest MAC of its ports and neighbours' caches go stale. */
  readonly mac?: string;
  readonly mtu?: number;
  /** Whether it keeps VLANs apart; absent: as it is. */
  readonly filtering?: boolean;
}

/** A Linux bridge of ours, up. */
export const bridgeLink = (data: Bridge): Wanted<Bridge> => ({ type: 'bridge', scope: HOST, data });

/**
 * A bridge takes the MTU of its smallest port, unless its own was changed; one given when it is made, or one that it has
 * already, does not count (br_set_mtu in the kernel). So it is made with another.
 */
const OTHER_MTU = ['mtu', `${USUAL_MTU - 1}`];

function add({ name, mac, mtu, filtering }: Bridge, { group, lab }: Ground): Change {
  const options = mac === undefined ? [] : ['address', mac];
  return {
    verb: '+',
    what: name,
    why: 'missing',
    commands: [
      // Group and MAC are in the creating message: no moment without a mark.
      ip(
        'link',
        'add',
        'name',
        name,
        'group',
        `${group}`,
        ...options,
        ...(mtu === USUAL_MTU ? OTHER_MTU : []),
        'type',
        'bridge',
        ...(filtering === true ? ['vlan_filtering', '1'] : []),
      ),
      ip('link', 'set', 'dev', name, ...(mtu === undefined ? [] : ['mtu', `${mtu}`]), 'alias', linkAlias(lab), 'up'),
    ],
    undo: [ip('link', 'del', 'dev', name)],
    effect: (world) => {
      const alias = linkAlias(lab);
      addLink(world, HOST, {
        name,
        kind: 'bridge',
        mac: mac ?? '',
        mtu: mtu ?? USUAL_MTU,
        up: true,
        group,
        alias,
        ...(filtering === true ? { filtering } : {}),
      });
    },
  };
}

const ip = (...argv: string[]) => ({ do: 'ip', scope: HOST, argv }) as const;

export const bridgeType: ObjectType<Bridge> = {
  type: 'bridge',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  reads: ({ data }) => (data.filtering === true ? [{ fact: 'capability', name: 'vlan_filtering' }] : []),
  holds: ({ scope, data: { name } }) => holdsName('bridge', scope, name),
  diff({ data }, ground) {
    const lack =
      data.filtering === true ? lacking(ground.world, 'vlan_filtering', `vlan_filtering of ${data.name}`) : undefined;
    if (lack) return lack;
    const link = findLink(ground.world, HOST, data.name);
    if (!link) return [add(data, ground)];
    if (!isOurs(link, ground) && !ground.adopt) return foreignLink(link, HOST);
    if (link.kind !== 'bridge') {
      return refuse('WRONG_LINK', `${data.name} exists and is a ${link.kind ?? 'hardware interface'}, not a bridge`);
    }
    return [
      ...linkChanges(HOST, link, { ...data, mtu: mtuOf(data.mtu, ground) }, ground, ''),
      ...filter({ ...data, filtering: filteringOf(data, ground) }, link),
    ];
  },
  before({ data }, ground) {
    const link = findLink(ground.world, HOST, data.name);
    if (!link || isOurs(link, ground)) return {};
    const { mac, mtu, up, group, alias, filtering } = link;
    return { before: { mac, mtu, up, group, alias, ...(filtering === undefined ? {} : { filtering }) } };
  },
  remove({ data: { name }, before }, ground) {
    const link = findLink(ground.world, HOST, name);
    if (!link || !(isOurs(link, ground) || ground.adopt)) return [];
    if (before !== undefined) {
      const given = before as Given;
      return [giveBack(name, given), ...filter({ name, filtering: given.filtering === true }, link)];
    }
    return [
      {
        verb: '-',
        what: name,
        why: 'remove',
        commands: [ip('link', 'del', 'dev', name)],
        effect: (world) => {
          removeLink(world, HOST, name);
        },
      },
    ];
  },
};

/** What we turned on goes off again when nobody wants it any more; what somebody else did is theirs. */
const filteringOf = ({ filtering }: Bridge, ground: Ground): boolean | undefined =>
  filtering ?? (wasWanted(ground, 'filtering') ? false : undefined);

function filter(
  { name, filtering }: { readonly name: string; readonly filtering: boolean | undefined },
  link: Link,
): Change[] {
  const is = link.filtering === true;
  if (filtering === undefined || filtering === is) return [];
  const set = (on: boolean) => ip('link', 'set', 'dev', name, 'type', 'bridge', 'vlan_filtering', on ? '1' : '0');
  return [
    {
      verb: '~',
      what: '',
      why: filtering ? 'keeps VLANs apart' : 'no longer keeps VLANs apart',
      commands: [set(filtering)],
      undo: [set(is)],
      effect: (world) => {
        changeLink(world, HOST, name, { filtering: filtering ? true : undefined });
      },
    },
  ];
}

interface Given {
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly group: number;
  readonly alias?: string;
  readonly filtering?: boolean;
}

/** An adopted bridge gets back what it had. */
const giveBack = (name: string, { mac, mtu, up, group, alias }: Given): Change => ({
  verb: '~',
  what: name,
  why: 'give back as it was found',
  commands: [
    ip('link', 'set', 'dev', name, 'mtu', `${mtu}`, 'address', mac, 'group', `${group}`, up ? 'up' : 'down'),
    { do: 'run', scope: HOST, argv: ['ip', 'link', 'set', 'dev', name, 'alias', alias ?? ''] },
  ],
  effect: (world) => {
    changeLink(world, HOST, name, { mac, mtu, up, group, alias });
  },
});
