import { familyOf } from '../address.ts';
import type { Command, Scope } from '../command.ts';
import { addAddress, removeAddress } from '../facts/effects.ts';
import { findLink } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { inScope, refuse } from '../object.ts';
import { routeArgv } from './route.ts';

interface Address {
  readonly dev: string;
  /** Canonical `address/prefix`. */
  readonly cidr: string;
}

/** An address on a link. On links that we made nobody else can have it, so no duplicate address detection. */
export const address = (scope: Scope, dev: string, cidr: string): Wanted<Address> => ({
  type: 'address',
  scope,
  data: { dev, cidr },
});

const argv = (verb: 'add' | 'del', { dev, cidr }: Address): string[] => [
  ...['addr', verb, cidr, 'dev', dev],
  ...(verb === 'add' && familyOf(cidr) === 6 ? ['nodad'] : []),
];

export const addressType: ObjectType<Address> = {
  type: 'address',
  volatile: true,
  shared: false,
  id: ({ dev, cidr }) => `${dev} ${cidr}`,
  reads: ({ scope }) => [{ fact: 'net', scope }],
  diff({ scope, data }, { world }) {
    const link = findLink(world, scope, data.dev);
    if (!link) return refuse('MISSING_LINK', `there is no link ${data.dev}${inScope(scope)}`);
    const found = link.addresses.find(({ cidr }) => cidr === data.cidr);
    if (found?.failed) {
      return refuse('ADDRESS_IN_USE', `somebody else on ${data.dev} already has ${data.cidr}`);
    }
    if (found) return [];
    if (familyOf(data.cidr) === 6 && link.mtu < 1280) {
      return refuse('MTU_TOO_SMALL', `${data.dev} has an MTU of ${link.mtu}; IPv6 needs at least 1280 (RFC 8200)`);
    }
    const change: Change = {
      verb: '+',
      what: data.cidr,
      why: 'missing',
      commands: [{ do: 'ip', scope, argv: argv('add', data) }],
      undo: [{ do: 'ip', scope, argv: argv('del', data) }],
      effect: (after) => {
        addAddress(after, scope, data.dev, data.cidr);
      },
    };
    return [change];
  },
  before({ scope, data }, { world, entry }) {
    const found = findLink(world, scope, data.dev)?.addresses.some(({ cidr }) => cidr === data.cidr);
    return found === true && entry === undefined ? 'foreign' : {};
  },
  remove({ scope, data }, { world, others }) {
    const found = findLink(world, scope, data.dev)?.addresses.some(({ cidr }) => cidr === data.cidr);
    if (found !== true || others.length > 0) return [];
    // Only this namespace can lose anything, so only it is copied to find out.
    const copy = { ...world, nets: { [scope]: structuredClone(world.nets[scope]!) } };
    const lost = removeAddress(copy, scope, data.dev, data.cidr);
    const foreign = lost.filter((route) => route.protocol !== '78');
    const restore = foreign.map((route): Command => ({ do: 'ip', scope, argv: routeArgv('add', route) }));
    const kept = foreign.length === 0 ? '' : `; ${foreign.length} foreign routes kept`;
    return [
      {
        verb: '-',
        what: data.cidr,
        why: `remove${kept}`,
        commands: [{ do: 'ip', scope, argv: argv('del', data) }, ...restore],
        undo: [{ do: 'ip', scope, argv: argv('add', data) }],
        effect: (after) => {
          removeAddress(after, scope, data.dev, data.cidr);
          after.nets[scope]!.routes.push(...foreign);
        },
      },
    ];
  },
};
