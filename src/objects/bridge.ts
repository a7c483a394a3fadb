import { HOST } from '../command.ts';
import { addLink, changeLink, removeLink } from '../facts/effects.ts';
import { findLink } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { linkChanges } from './aspects.ts';
import { foreignLink, isOurs, linkAlias } from './marks.ts';

interface Bridge {
  readonly name: string;
  /** Fixed, because a bridge otherwise takes the lowest MAC of its ports and neighbours' caches go stale. */
  readonly mac?: string;
  readonly mtu?: number;
}

/** A Linux bridge of ours, up. */
export const bridgeLink = (data: Bridge): Wanted<Bridge> => ({ type: 'bridge', scope: HOST, data });

/**
 * A bridge takes the MTU of its smallest port, unless its own was changed; one given when it is made, or one that it has
 * already, does not count (br_set_mtu in the kernel). So it is made with another.
 */
const USUAL_MTU = 1500;
const OTHER_MTU = ['mtu', `${USUAL_MTU - 1}`];

function add({ name, mac, mtu }: Bridge, { group, lab }: Ground): Change {
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
      ),
      ip('link', 'set', 'dev', name, ...(mtu === undefined ? [] : ['mtu', `${mtu}`]), 'alias', linkAlias(lab), 'up'),
    ],
    undo: [ip('link', 'del', 'dev', name)],
    effect: (world) => {
      const alias = linkAlias(lab);
      addLink(world, HOST, { name, kind: 'bridge', mac: mac ?? '', mtu: mtu ?? USUAL_MTU, up: true, group, alias });
    },
  };
}

const ip = (...argv: string[]) => ({ do: 'ip', scope: HOST, argv }) as const;

export const bridgeType: ObjectType<Bridge> = {
  type: 'bridge',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  reads: () => [],
  diff({ data }, ground) {
    const link = findLink(ground.world, HOST, data.name);
    if (!link) return [add(data, ground)];
    if (!isOurs(link, ground) && !ground.adopt) return foreignLink(link, HOST);
    if (link.kind !== 'bridge') {
      return refuse('WRONG_LINK', `${data.name} exists and is a ${link.kind ?? 'hardware interface'}, not a bridge`);
    }
    return linkChanges(HOST, link, data, ground, '');
  },
  before({ data }, ground) {
    const link = findLink(ground.world, HOST, data.name);
    if (!link || isOurs(link, ground)) return {};
    const { mac, mtu, up, group, alias } = link;
    return { before: { mac, mtu, up, group, alias } };
  },
  remove({ data: { name }, before }, ground) {
    const link = findLink(ground.world, HOST, name);
    if (!link || !(isOurs(link, ground) || ground.adopt)) return [];
    if (before !== undefined) return [giveBack(name, before as Given)];
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

interface Given {
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly group: number;
  readonly alias?: string;
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
