import type { Scope } from '../command.ts';
import { changeLink } from '../facts/effects.ts';
import type { Link } from '../facts/world.ts';
import type { Change, Ground } from '../object.ts';
import { linkAlias } from './marks.ts';

/** What a link shall be; an absent field is left as it is. */
export interface LinkAspects {
  readonly mtu?: number | undefined;
  readonly mac?: string | undefined;
  readonly master?: string | undefined;
}

/**
 * One change per aspect in which a link of ours differs; marks that were lost come back with them. `what` is its name
 * in the plan, empty where the task is about nothing else.
 */
export function linkChanges(
  scope: Scope,
  link: Link,
  want: LinkAspects,
  { group, lab }: Ground,
  what: string = link.name,
): Change[] {
  const { name } = link;
  const set = (why: string, to: readonly string[], from: readonly string[], change: Partial<Link>): Change => ({
    verb: '~',
    what,
    why,
    commands: [{ do: 'ip', scope, argv: ['link', 'set', name, ...to] }],
    undo: [{ do: 'ip', scope, argv: ['link', 'set', name, ...from] }],
    effect: (world) => {
      changeLink(world, scope, name, change);
    },
  });
  const changes: Change[] = [];
  if (want.mtu !== undefined && want.mtu !== link.mtu) {
    const { mtu } = want;
    changes.push(set(`mtu ${link.mtu} -> ${mtu}`, ['mtu', `${mtu}`], ['mtu', `${link.mtu}`], { mtu }));
  }
  if (want.mac !== undefined && want.mac !== link.mac) {
    const { mac } = want;
    changes.push(set(`mac ${link.mac} -> ${mac}`, ['address', mac], ['address', link.mac], { mac }));
  }
  if (want.master !== undefined && want.master !== link.master) {
    const { master } = want;
    const back = link.master === undefined ? ['nomaster'] : ['master', link.master];
    changes.push(set(`master ${link.master ?? 'none'} -> ${master}`, ['master', master], back, { master }));
  }
  if (link.group !== group) {
    changes.push(set('mark lost', ['group', `${group}`], ['group', `${link.group}`], { group }));
  }
  // `ip` shows aliases with details only, which are not asked for inside namespaces; the group stands there too.
  if (scope === '' && link.alias !== linkAlias(lab)) {
    const alias = linkAlias(lab);
    const back = link.alias === undefined ? [] : ['alias', link.alias];
    changes.push(set('mark lost', ['alias', alias], back.length > 0 ? back : ['alias', ''], { alias }));
  }
  if (!link.up) changes.push(set('down -> up', ['up'], ['down'], { up: true }));
  return changes;
}
