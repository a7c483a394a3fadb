import { HOST, type Command, type Scope } from '../command.ts';
import { addAddress, addRoute, changeLink, moveLink } from '../facts/effects.ts';
import { findLink, type Link, type Route, type World } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Wanted } from '../object.ts';
import { inScope, refuse } from '../object.ts';
import { linkChanges } from './aspects.ts';
import { findParent, missingParent } from './child.ts';
import { routeCommand } from './route.ts';

interface Nic {
  /** Its name on the host, or `mac:` and its MAC. */
  readonly link: string;
  /** The namespace that it goes to, and its name there. */
  readonly into: Scope;
  readonly as: string;
  readonly mac?: string | undefined;
  readonly mtu?: number | undefined;
}

/** An interface of the host itself, lent to a container; it comes back as it was. */
export const nic = (data: Nic): Wanted<Nic> => ({ type: 'nic', scope: HOST, data });

/** What a move takes away, to be given back. */
interface Given extends Pick<Link, 'name' | 'mac' | 'mtu' | 'up' | 'master'> {
  readonly addresses: readonly string[];
  /** Those of them that were given without duplicate address detection. */
  readonly nodad: readonly string[];
  readonly routes: readonly Route[];
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * What is set for one interface, and so is lost when that goes to another namespace: it comes back with the values that
 * any new one gets.
 */
const SETTINGS: readonly string[] = [
  ...['accept_redirects', 'secure_redirects', 'send_redirects', 'shared_media', 'accept_source_route', 'accept_local'],
  ...['arp_accept', 'arp_announce', 'arp_filter', 'arp_ignore', 'arp_notify', 'proxy_arp', 'rp_filter', 'log_martians'],
  ...['route_localnet', 'src_valid_mark', 'promote_secondaries', 'forwarding'],
]
  .map((name) => `ipv4 ${name}`)
  .concat(
    [
      ...[
        'disable_ipv6',
        'accept_ra',
        'accept_ra_defrtr',
        'accept_ra_pinfo',
        'accept_redirects',
        'accept_source_route',
      ],
      ...['autoconf', 'use_tempaddr', 'addr_gen_mode', 'accept_dad', 'dad_transmits', 'router_solicitations'],
      ...['hop_limit', 'proxy_ndp', 'forwarding'],
    ].map((name) => `ipv6 ${name}`),
  );

const settingOf = (setting: string, dev: string): string => {
  const [family = '', name = ''] = setting.split(' ');
  return `net/${family}/conf/${dev}/${name}`;
};

const valueOf = (world: World, setting: string, dev: string): string | undefined =>
  world.sysctls[`${HOST} ${settingOf(setting, dev)}`];

/** What the kernel sets by itself where there is no ARP. */
const ITS_OWN = '-1';

/** Those that differ from what a new interface gets. */
const settingsOf = (world: World, dev: string): Record<string, string> =>
  Object.fromEntries(
    SETTINGS.flatMap((setting) => {
      const value = valueOf(world, setting, dev);
      return value === undefined || value === valueOf(world, setting, 'default') ? [] : [[setting, value]];
    }),
  );

/** Its settings are those of a new one, or these; none where it is not on the host. */
function set(world: World, dev: string, own: Readonly<Record<string, string>> | undefined): void {
  for (const setting of SETTINGS) {
    const key = `${HOST} ${settingOf(setting, dev)}`;
    const value = own && (own[setting] ?? valueOf(world, setting, 'default'));
    if (value === undefined) Reflect.deleteProperty(world.sysctls, key);
    else world.sysctls[key] = value;
    const [family] = /^ipv(\d) forwarding$/.exec(setting)?.slice(1) ?? [];
    if (family !== undefined && own?.[setting] !== undefined)
      world.nets[HOST]!.forwarding[Number(family) as 4 | 6][dev] = own[setting] === '1';
  }
}

const ip = (scope: Scope, ...argv: string[]): Command => ({ do: 'ip', scope, argv });

function snapshot(world: World, link: Link): Given {
  const { name, mac, mtu, up, master } = link;
  const lasting = link.addresses.filter(({ automatic }) => !automatic);
  const routes = world.nets[HOST]!.routes.filter(({ dev, protocol }) => dev === name && protocol !== 'kernel');
  const settings = settingsOf(world, name);
  return {
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...{ name, mac, mtu, up, ...(master === undefined ? {} : { master }) },
    addresses: lasting.map(({ cidr }) => cidr),
    nodad: lasting.flatMap(({ cidr, nodad }) => (nodad === true ? [cidr] : [])),
    // Device routes first: gateways may be reached through them.
    routes: routes.toSorted((a, b) => Number(a.via !== undefined) - Number(b.via !== undefined)),
  };
}

/** What makes an interface on the host again what it was; its name it has already. */
const restored = (given: Given, world: World, { mac }: Nic): Command[] => [
  // Not every driver lets its MAC be set, be it to what it is.
  ip(
    ...([HOST, 'link', 'set', 'dev', given.name, 'mtu', `${given.mtu}`] as const),
    ...(mac === undefined ? [] : ['address', given.mac]),
  ),
  ...(given.master === undefined || !findLink(world, HOST, given.master)
    ? []
    : [ip(HOST, 'link', 'set', 'dev', given.name, 'master', given.master)]),
  ...Object.entries(given.settings ?? {}).flatMap(([setting, value]): Command[] =>
    value === ITS_OWN ? [] : [{ do: 'sysctl', scope: HOST, key: settingOf(setting, given.name), value }],
  ),
  ...(given.up ? [ip(HOST, 'link', 'set', 'dev', given.name, 'up')] : []),
  ...given.addresses.map((cidr) =>
    ip(HOST, 'addr', 'replace', cidr, 'dev', given.name, ...(given.nodad.includes(cidr) ? ['nodad'] : [])),
  ),
  ...given.routes.map((route) => routeCommand('replace', HOST, route)),
];

const into = ({ into: scope, as }: Nic, name: string): Command[] => [
  ip(HOST, 'link', 'set', 'dev', name, 'down'),
  ip(HOST, 'link', 'set', 'dev', name, 'netns', scope, 'name', as),
];

const out = ({ into: scope, as }: Nic, name: string): Command[] => [
  ip(scope, 'link', 'set', 'dev', as, 'down'),
  ip(scope, 'link', 'set', 'dev', as, 'netns', '1', 'name', name),
];

function settle(world: World, given: Given): void {
  const { name, mac, mtu, master, up, addresses, routes } = given;
  const port = master === undefined || !findLink(world, HOST, master) ? {} : { master };
  changeLink(world, HOST, name, { mac, mtu, ...port, up });
  const has = findLink(world, HOST, name)!.addresses.map(({ cidr }) => cidr);
  for (const cidr of addresses) if (!has.includes(cidr)) addAddress(world, HOST, name, cidr);
  const routed = world.nets[HOST]!.routes;
  const same = (a: Route, b: Route): boolean => a.to === b.to && a.table === b.table && a.metric === b.metric;
  for (const route of routes) if (!routed.some((one) => same(one, route))) addRoute(world, HOST, route);
  set(world, name, given.settings ?? {});
}

function lend(data: Nic, link: Link, world: World): Change {
  const given = snapshot(world, link);
  const { mtu, mac } = data;
  const words = [...(mtu === undefined ? [] : ['mtu', `${mtu}`]), ...(mac === undefined ? [] : ['address', mac])];
  const lost = [...given.addresses, given.master === undefined ? '' : `port of ${given.master}`].filter(Boolean);
  return {
    verb: '+',
    what: data.as,
    why: `${given.name} goes in${lost.length === 0 ? '' : ` (was ${lost.join(', ')})`}`,
    commands: [...into(data, given.name), ip(data.into, 'link', 'set', 'dev', data.as, ...words, 'up')],
    undo: [...out(data, given.name), ...restored(given, world, data)],
    effect: (after) => {
      moveLink(after, HOST, given.name, data.into, data.as);
      set(after, given.name, undefined);
      changeLink(after, data.into, data.as, {
        ...(mtu === undefined ? {} : { mtu }),
        ...(mac === undefined ? {} : { mac }),
        up: true,
      });
    },
  };
}

/** An interface that came back by itself when somebody deleted its namespace bears the name that it had in there. */
const strayed = (data: Nic, given: Given | undefined, world: World): Link | undefined => {
  if (!given || findLink(world, HOST, given.name)) return undefined;
  const macs = [given.mac, data.mac];
  return world.nets[HOST]?.links.find(({ kind, mac, parent }) => macs.includes(mac) && !parent && kind !== 'bridge');
};

const rename = (from: string, name: string): Change => ({
  verb: '~',
  what: name,
  why: `its name was ${from}`,
  commands: [ip(HOST, 'link', 'set', 'dev', from, 'down'), ip(HOST, 'link', 'set', 'dev', from, 'name', name)],
  undo: [ip(HOST, 'link', 'set', 'dev', name, 'down'), ip(HOST, 'link', 'set', 'dev', name, 'name', from)],
  effect: (world) => {
    moveLink(world, HOST, from, HOST, name);
  },
});

/** Whether a link is the one that was lent, by either of the MACs that it may have. */
const isIt = (link: Link | undefined, { mac }: Nic, given: Given | undefined): boolean =>
  link !== undefined && given !== undefined && [given.mac, mac].includes(link.mac);

/** The marks are left alone: the interface is not ours. */
const unmarked = (ground: Ground, { group }: Link): Ground => ({ ...ground, group });

export const nicType: ObjectType<Nic> = {
  type: 'nic',
  volatile: true,
  shared: false,
  id: ({ link }) => link,
  // Also where the namespace is about to go, which takes everything else along.
  reads: ({ data }) => [
    { fact: 'details', scope: data.into },
    // Of one that is told by its MAC nobody knows yet where its settings are.
    ...(data.link.startsWith('mac:') ? [] : [data.link, 'default']).flatMap((dev) =>
      SETTINGS.map((setting) => ({ fact: 'sysctl', scope: HOST, key: settingOf(setting, dev) }) as const),
    ),
  ],
  diff({ data }, ground) {
    const { world, entry } = ground;
    const given = entry?.before as Given | undefined;
    const inside = findLink(world, data.into, data.as);
    if (inside && isIt(inside, data, given)) {
      const want = { mtu: data.mtu ?? given!.mtu, mac: data.mac ?? given!.mac };
      return linkChanges(data.into, inside, want, unmarked(ground, inside));
    }
    if (inside) return refuse('FOREIGN_OBJECT', `${data.as}${inScope(data.into)} exists and is not ours`);
    const stray = strayed(data, given, world);
    const found = stray ? { ...stray, name: given!.name } : findParent(world, HOST, data.link);
    if (!found) return missingParent(HOST, data.link);
    if (found.parent !== undefined || found.kind === 'bridge') {
      const hint = `use macvlan, or a bridge attachment`;
      return refuse('WRONG_LINK', `${found.name} is a ${found.kind}, which is no interface to lend`, hint);
    }
    return [...(stray ? [rename(stray.name, found.name)] : []), lend(data, found, world)];
  },
  before({ data }, { world, entry }) {
    if (entry !== undefined) return { before: entry.before };
    const link = findParent(world, HOST, data.link);
    return link ? { before: snapshot(world, link) } : {};
  },
  remove({ data, before }, { world }) {
    const given = before as Given | undefined;
    if (!given) return [];
    const stray = strayed(data, given, world);
    if (stray) return [rename(stray.name, given.name), mend(given, world, data)];
    if (isIt(findLink(world, HOST, given.name), data, given))
      return isWhole(world, given) ? [] : [mend(given, world, data)];
    const inside = findLink(world, data.into, data.as);
    if (!inside || !isIt(inside, data, given)) return [];
    const { mac, mtu } = inside;
    const again = ip(
      data.into,
      'link',
      'set',
      'dev',
      data.as,
      'mtu',
      `${mtu}`,
      ...(data.mac === undefined ? [] : ['address', mac]),
      'up',
    );
    return [
      {
        verb: '-',
        what: data.as,
        why: `${given.name} comes back`,
        commands: [...out(data, given.name), ...restored(given, world, data)],
        undo: [...into(data, given.name), again],
        effect: (after) => {
          moveLink(after, data.into, data.as, HOST, given.name);
          settle(after, given);
        },
      },
    ];
  },
};

/** Whether it has all that it had before it was lent. */
function isWhole(world: World, given: Given): boolean {
  const { name, addresses, routes } = given;
  const link = findLink(world, HOST, name)!;
  const same = (['mac', 'mtu', 'up'] as const).every((key) => link[key] === given[key]);
  const port = given.master === undefined || !findLink(world, HOST, given.master) || link.master === given.master;
  const now = snapshot(world, link);
  const set = Object.entries(given.settings ?? {}).every(([setting, value]) => valueOf(world, setting, name) === value);
  return (
    same && set && port && addresses.every((cidr) => now.addresses.includes(cidr)) && now.routes.length >= routes.length
  );
}

const mend = (given: Given, world: World, data: Nic): Change => ({
  verb: '~',
  what: given.name,
  why: 'give back what it had',
  commands: restored(given, world, data),
  effect: (after) => {
    settle(after, given);
  },
});
