import { familyOf } from '../address.ts';
import type { Command, Scope } from '../command.ts';
import { findLink } from '../facts/world.ts';
import type { ObjectType, Wanted } from '../object.ts';

interface Announcement {
  readonly dev: string;
  readonly addresses: readonly string[];
}

/**
 * A new interface tells its neighbours where its addresses are now (gratuitous ARP, RFC 5227; unsolicited neighbour
 * advertisement, RFC 4861, 7.2.6), as pipework does. Nothing of it lasts.
 */
export const announcement = (scope: Scope, data: Announcement): Wanted<Announcement> => ({
  type: 'announcement',
  scope,
  data,
});

/** In a namespace of ours for all interfaces, which can be said before they are there; else for this one only. */
const notify = (family: 4 | 6, name: string): string =>
  family === 4 ? `net/ipv4/conf/${name}/arp_notify` : `net/ipv6/conf/${name}/ndisc_notify`;

export const announcementType: ObjectType<Announcement> = {
  type: 'announcement',
  volatile: true,
  shared: false,
  id: ({ dev }) => dev,
  reads: () => [],
  diff({ scope, data: { dev, addresses } }, { world, ownNamespace }) {
    const link = findLink(world, scope, dev);
    // A MAC that the kernel has yet to choose cannot be set again.
    if (link?.fresh !== true || link.mac === '') return [];
    const families = ([4, 6] as const).filter((family) => addresses.some((cidr) => familyOf(cidr) === family));
    const name = ownNamespace(scope) ? 'all' : dev;
    return [
      {
        verb: '~',
        what: dev,
        why: '',
        commands: [
          ...families.map((family): Command => ({ do: 'sysctl', scope, key: notify(family, name), value: '1' })),
          // The kernel announces an interface whose MAC is set, be it to what it was.
          { do: 'ip', scope, argv: ['link', 'set', 'dev', dev, 'address', link.mac] },
        ],
        undo: [],
        effect: () => undefined,
      },
    ];
  },
  before: () => 'foreign',
  remove: () => [],
};
