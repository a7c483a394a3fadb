import { addressOf, contains, familyOf, isLinkLocal } from '../address.ts';
import type { Command, Scope } from '../command.ts';
import { addRoute, removeRoute } from '../facts/effects.ts';
import { emptyNet, type Family, type Route, type World } from '../facts/world.ts';
import type { Change, ObjectType, Verdict, Wanted } from '../object.ts';
import { inScope, refuse } from '../object.ts';

/** Routes that we make carry this protocol number (a value that rtnetlink leaves to administrators). */
export const ROUTE_PROTOCOL = '78';

interface RouteData {
  readonly family: Family;
  /** `default` or a canonical network with its prefix. */
  readonly to: string;
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  readonly metric?: number | undefined;
  readonly table?: string | undefined;
  readonly src?: string | undefined;
  readonly onlink?: boolean | undefined;
  readonly type?: string | undefined;
}

export const route = (scope: Scope, data: RouteData): Wanted<RouteData> => ({ type: 'route', scope, data });

const metricOf = ({ family, metric }: RouteData): number => metric ?? (family === 6 ? 1024 : 0);
const tableOf = ({ table }: RouteData): string => table ?? 'main';
const typeOf = ({ type }: RouteData): string => type ?? 'unicast';

type Written = RouteData & { readonly protocol?: string; readonly scope?: string | undefined };

/** Adds or deletes exactly this route; `replace` is `add` that does not mind if it is there. */
export const routeCommand = (verb: 'add' | 'replace' | 'del', scope: Scope, data: Written): Command => ({
  do: 'ip',
  scope,
  argv: argv(verb, data),
});

function argv(verb: 'add' | 'replace' | 'del', data: Written): string[] {
  // Without a gateway the word "default" would not tell the family.
  const to = data.to === 'default' && data.via === undefined ? (data.family === 6 ? '::/0' : '0.0.0.0/0') : data.to;
  return [
    'route',
    verb,
    ...(typeOf(data) === 'unicast' ? [] : [typeOf(data)]),
    to,
    ...(data.via === undefined ? [] : ['via', data.via]),
    ...(data.dev === undefined ? [] : ['dev', data.dev]),
    ...(data.metric === undefined || metricOf(data) === 0 ? [] : ['metric', `${data.metric}`]),
    ...(tableOf(data) === 'main' ? [] : ['table', tableOf(data)]),
    ...(data.src === undefined ? [] : ['src', data.src]),
    ...(data.onlink === true && verb !== 'del' ? ['onlink'] : []),
    ...['proto', data.protocol ?? ROUTE_PROTOCOL],
    ...(data.scope === undefined || data.scope === 'global' || data.family === 6 ? [] : ['scope', data.scope]),
  ];
}

/** The kernel itself may have the same on several links; then the one that is meant. */
function find(world: World, scope: Scope, data: RouteData): Route | undefined {
  const found = world.nets[scope]?.routes.filter(
    (other) =>
      other.family === data.family &&
      other.to === data.to &&
      other.table === tableOf(data) &&
      other.metric === metricOf(data),
  );
  return found?.find((other) => same(other, data)) ?? found?.[0];
}

const same = (found: Route, data: RouteData): boolean =>
  found.via === data.via &&
  (data.dev === undefined || found.dev === data.dev) &&
  (data.src === undefined || found.src === data.src) &&
  found.type === typeOf(data);

const hop = ({ via, dev, type }: Partial<RouteData>): string =>
  [via && `via ${via}`, dev && `dev ${dev}`, type !== undefined && type !== 'unicast' && type]
    .filter(Boolean)
    .join(' ');

const fact = (data: RouteData): Route => ({
  family: data.family,
  to: data.to,
  via: data.via,
  dev: data.dev,
  metric: metricOf(data),
  table: tableOf(data),
  src: data.src,
  protocol: ROUTE_PROTOCOL,
  type: typeOf(data),
  onlink: data.onlink ?? false,
});

const describe = (data: RouteData): string => (data.to === 'default' ? `default ${hop(data)}` : `route ${data.to}`);

/** A route in full, for messages. */
export const routeName = (data: RouteData): string => `route ${data.to} ${hop(data)}`.trim();

/** Why the kernel would not take a route: what it goes through has to be there before it. */
function obstacleTo(world: World, scope: Scope, { family, via, dev, src, onlink }: RouteData): Verdict | undefined {
  const { links, routes } = world.nets[scope] ?? emptyNet();
  const where = inScope(scope) || ' on this host';
  const link = links.find(({ name }) => name === dev);
  if (dev !== undefined && link?.up !== true) {
    return refuse('MISSING_LINK', link ? `the link ${dev}${where} is down` : `there is no link ${dev}${where}`);
  }
  if (src !== undefined && !links.some(({ addresses }) => addresses.some(({ cidr }) => addressOf(cidr) === src))) {
    return refuse('MISSING_ADDRESS', `there is no address ${src}${where} to send from`);
  }
  if (via === undefined || onlink === true || (family === 6 && isLinkLocal(via))) return undefined;
  const leads = (other: Route): boolean =>
    other.family === family &&
    other.via === undefined &&
    other.type === 'unicast' &&
    (dev === undefined || other.dev === dev) &&
    (other.to === 'default' || contains(other.to, via));
  if (routes.some(leads)) return undefined;
  const hint = 'give the interface an address beside it, or say "onlink: true" and the interface';
  return refuse('UNREACHABLE_GATEWAY', `no link${where} leads to the gateway ${via}`, hint);
}

export const routeType: ObjectType<RouteData> = {
  type: 'route',
  volatile: true,
  shared: false,
  id: (data) => `${tableOf(data)}:${data.family === 6 ? '6' : '4'}:${data.to}:${metricOf(data)}`,
  reads: ({ scope }) => [{ fact: 'net', scope }],
  diff({ scope, data }, { world, entry, adopt }) {
    const found = find(world, scope, data);
    if (found && same(found, data)) return [];
    const obstacle = obstacleTo(world, scope, data);
    if (obstacle) return obstacle;
    const add = routeCommand('add', scope, data);
    if (!found) {
      return [
        {
          verb: '+',
          what: describe(data),
          why: 'missing',
          commands: [add],
          undo: [routeCommand('del', scope, data)],
          effect: (after) => {
            addRoute(after, scope, fact(data));
          },
        },
      ];
    }
    if (entry === undefined && !adopt) {
      return refuse(
        'FOREIGN_OBJECT',
        `a route to ${data.to}${inScope(scope)} exists (${hop(found)}) and is not ours`,
        'give yours another metric or table, or say "adopt: true" to take it over',
      );
    }
    if (found.opaque) {
      return refuse(
        'FOREIGN_OBJECT',
        `the route to ${data.to}${inScope(scope)} has more to it than we could give back`,
        'remove it by hand, or give yours another metric or table',
      );
    }
    return [
      {
        verb: '~',
        what: describe(data),
        why: `${hop(found)} -> ${hop(data)}`,
        // Deleted by everything that we know of it, so that a route with another next hop is never hit.
        commands: [routeCommand('del', scope, found), add],
        undo: [routeCommand('del', scope, data), routeCommand('add', scope, found)],
        effect: (after) => {
          const old = find(after, scope, data);
          if (old) removeRoute(after, scope, old);
          addRoute(after, scope, fact(data));
        },
      },
    ];
  },
  before({ scope, data }, { world, entry }) {
    const found = find(world, scope, data);
    if (!found || entry !== undefined) return {};
    return same(found, data) ? 'foreign' : { before: found };
  },
  remove({ scope, data, before }, { world }) {
    const found = find(world, scope, data);
    const given = before as Route | undefined;
    if (!found) return given === undefined ? [] : giveBack(world, scope, data, given);
    if (!same(found, data)) return [];
    return [
      {
        verb: '-',
        what: describe(data),
        why: given === undefined ? 'remove' : `give back ${hop(given)}`,
        commands: [
          routeCommand('del', scope, found),
          ...(given === undefined ? [] : [routeCommand('add', scope, given)]),
        ],
        undo: [...(given === undefined ? [] : [routeCommand('del', scope, given)]), routeCommand('add', scope, found)],
        effect: (after) => {
          const old = find(after, scope, data);
          if (old) removeRoute(after, scope, old);
          if (given !== undefined) addRoute(after, scope, given);
        },
      },
    ];
  },
};

/** Of a route that we took and that is gone, as when a run was killed before it had put ours in its place. */
function giveBack(world: World, scope: Scope, data: RouteData, given: Route): Change[] {
  // Where its own way is gone too, the kernel has long dropped it.
  if (!world.nets[scope] || obstacleTo(world, scope, given)) return [];
  return [
    {
      verb: '+',
      what: describe(data),
      why: `give back ${hop(given)}`,
      commands: [routeCommand('add', scope, given)],
      undo: [routeCommand('del', scope, given)],
      effect: (after) => {
        addRoute(after, scope, given);
      },
    },
  ];
}

/** The family of a destination, from its own text or from its gateway's. */
export const routeFamily = (to: string, via: string | undefined): Family =>
  to === 'default' ? (via === undefined ? 4 : familyOf(via)) : familyOf(to);
