import { familyOf } from '../address.ts';
import type { Command, Scope } from '../command.ts';
import { changeLink, MIN_MTU_IPV6 } from '../facts/effects.ts';
import type { Link, World } from '../facts/world.ts';
import type { Change, Ground } from '../object.ts';
import { addressCommand } from './address.ts';
import { linkAlias } from './marks.ts';
import { routeCommand } from './route.ts';

/** What a link shall be; an absent field is left as it is. */
export interface LinkAspects {
  readonly mtu?: number | undefined;
  readonly mac?: string | undefined;
  readonly master?: string | undefined;
  readonly isolated?: boolean | undefined;
}

export const USUAL_MTU = 1500;

/** Whether the object was wanted with that before, or may have been given it by a run that came to no end. */
export const wasWanted = ({ entry }: Ground, aspect: string): boolean =>
  [entry?.data, ...(entry?.was ?? [])].some(
    (data) => (data as Record<string, unknown> | undefined)?.[aspect] !== undefined,
  );

/** What we gave it goes back to what it had, or to what is usual, when nobody wants it any more. */
export function mtuOf(mtu: number | undefined, ground: Ground, usual = USUAL_MTU): number | undefined {
  if (mtu !== undefined || !wasWanted(ground, 'mtu')) return mtu;
  return (ground.entry?.before as { readonly mtu?: number } | undefined)?.mtu ?? usual;
}

/**
 * One change per aspect in which a link of ours differs; marks that were lost come back with them. `what` is its name
 * in the plan, empty where the task is about nothing else.
 */
export function linkChanges(
  scope: Scope,
  link: Link,
  want: LinkAspects,
  { group, lab, entry, world: now }: Ground,
  what: string = link.name,
): Change[] {
  const { name } = link;
  const set = (why: string, to: readonly string[], from: readonly string[], change: Partial<Link>): Change => ({
    verb: '~',
    what,
    why,
    commands: [{ do: 'ip', scope, argv: ['link', 'set', 'dev', name, ...to] }],
    undo: [{ do: 'ip', scope, argv: ['link', 'set', 'dev', name, ...from] }],
    effect: (world) => {
      changeLink(world, scope, name, change);
    },
  });
  const changes: Change[] = [];
  // The marks first: whatever is cut off afterwards, the link is known to have been ours to change.
  const mark = entry === undefined ? 'adopted' : 'mark lost';
  if (link.group !== group) {
    changes.push(set(mark, ['group', `${group}`], ['group', `${link.group}`], { group }));
  }
  // `ip` shows aliases with details only, which are not asked for inside namespaces; the group stands there too.
  if (scope === '' && link.alias !== linkAlias(lab)) {
    const alias = linkAlias(lab);
    // Not part of a batch: what was there may be anything.
    const argv = ['ip', 'link', 'set', 'dev', name, 'alias', link.alias ?? ''];
    changes.push({ ...set(mark, ['alias', alias], [], { alias }), undo: [{ do: 'run', scope, argv }] });
  }
  if (want.mtu !== undefined && want.mtu !== link.mtu) {
    const { mtu } = want;
    const change = set(`mtu ${link.mtu} -> ${mtu}`, ['mtu', `${mtu}`], ['mtu', `${link.mtu}`], { mtu });
    const lost = mtu < MIN_MTU_IPV6 ? ipv6Of(now, scope, link) : [];
    const why = lost.length === 0 ? change.why : `${change.why}, too small for its IPv6`;
    changes.push({ ...change, why, undo: [...change.undo!, ...lost] });
  }
  if (want.mac !== undefined && want.mac !== link.mac) {
    const { mac } = want;
    changes.push(set(`mac ${link.mac} -> ${mac}`, ['address', mac], ['address', link.mac], { mac }));
  }
  if (want.master !== undefined && want.master !== link.master) {
    const { master } = want;
    const back = link.master === undefined ? ['nomaster'] : ['master', link.master];
    const change = set(`master ${link.master ?? 'none'} -> ${master}`, ['master', master], back, { master });
    const again =
      link.isolated === true
        ? [{ do: 'ip', scope, argv: ['link', 'set', 'dev', name, ...isolation(true)] } as const]
        : [];
    changes.push({ ...change, undo: [...change.undo!, ...again] });
  }
  // A port is no longer isolated when it goes to another bridge.
  const isIsolated = link.isolated === true && (want.master ?? link.master) === link.master;
  if (want.isolated !== undefined && want.isolated !== isIsolated) {
    const { isolated } = want;
    const why = isolated ? 'isolated from its neighbours' : 'no longer isolated';
    changes.push(set(why, isolation(isolated), isolation(!isolated), { isolated }));
  }
  if (!link.up) changes.push(set('down -> up', ['up'], ['down'], { up: true }));
  return changes;
}

const isolation = (on: boolean): string[] => ['type', 'bridge_slave', 'isolated', on ? 'on' : 'off'];

/** What brings back a link's IPv6, which goes when its MTU becomes too small for it. */
const ipv6Of = (world: World, scope: Scope, { name, addresses }: Link): Command[] => [
  ...addresses
    .filter(({ cidr, automatic }) => familyOf(cidr) === 6 && !automatic)
    .map(({ cidr }) => addressCommand('replace', scope, { dev: name, cidr })),
  ...world.nets[scope]!.routes.filter(
    ({ family, dev, protocol }) => family === 6 && dev === name && protocol !== 'kernel',
  ).map((route) => routeCommand('replace', scope, route)),
];
