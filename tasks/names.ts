import { addressOf, familyOf } from '../src/address.ts';
import type { Wanted } from '../src/object.ts';
import { file } from '../src/objects/file.ts';
import { resolver } from '../src/objects/resolver.ts';
import type { Context, Endpoint } from '../src/task.ts';
import { networkSegment } from './attachment.ts';
import { list } from './options.ts';

interface Options {
  readonly name: string;
  readonly hostname?: string | undefined;
  readonly extra_hosts?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly links?: readonly string[] | undefined;
  readonly dns?: string | readonly string[] | undefined;
  readonly dns_search?: string | readonly string[] | undefined;
  readonly dns_opt?: string | readonly string[] | undefined;
}

/**
 * As many containers of a host know one another by name. Every one has all the names, so with a thousand these would be
 * larger and take longer than all else; such a lab is told of it.
 */
const MOST_NAMES = 250;

const here = ({ containers, host }: Context): Endpoint[] => containers().filter((one) => one.host === host);

/** Whom it knows by name. */
function known({ name, links = [] }: Pick<Options, 'name' | 'links'>, all: readonly Endpoint[]): Endpoint[] {
  const others = all.filter((one) => one.name !== name);
  if (all.length <= MOST_NAMES) return others;
  const linked = new Set(links.map((link) => link.split(':')[0]));
  return others.filter((one) => linked.has(one.name));
}

/** An engine knows the names of what is on its own networks, and of nothing else. */
const ownAttachments = (name: string, { attachments }: Context) =>
  attachments(name).filter(({ segment }) => segment?.startsWith(networkSegment('')) !== true);

/** Said once for all whose names are told by us. */
export function nameNotes({ name }: Pick<Options, 'name'>, context: Context): string[] {
  const all = here(context);
  const isFirst = (): boolean => all.find((one) => ownAttachments(one.name, context).length > 0)?.name === name;
  return all.length > MOST_NAMES && isFirst()
    ? [`its lab has ${all.length} containers here; beyond ${MOST_NAMES} they know by name only what they link to`]
    : [];
}

/** What a container of the netns runtime knows of names: its hosts file and its resolv.conf. */
export function nameObjects(args: Options, context: Context): Wanted[] {
  const { lab, scope } = context;
  const folder = `/etc/netns/${scope(args.name)}`;
  const all = here(context);
  const addresses = all.find(({ name }) => name === args.name)?.addresses ?? [];
  // One whose program looks names up has the file from the beginning: it would not see one that comes later.
  const hasNames = known(args, all).length > 0 || args.command !== undefined;
  const isTold = args.hostname !== undefined || args.extra_hosts !== undefined;
  return [
    ...(hasNames || isTold ? [file(`${folder}/hosts`, hostsFile(args, context), '0644', true)] : []),
    resolver({
      path: `${folder}/resolv.conf`,
      lab,
      servers: chosen(args.dns),
      search: chosen(args.dns_search),
      options: chosen(args.dns_opt),
      ipv6: addresses.some((cidr) => familyOf(cidr) === 6),
    }),
  ];
}

/** What a container of an engine is to know besides, where it is plugged into what the engine does not know. */
export function engineNames(args: Options, context: Context): string[] {
  const own = ownAttachments(args.name, context);
  if (own.length === 0) return [];
  const lines = otherLines(args.name, known(args, here(context)), new Map(), context);
  const addresses = own.flatMap((one) => context.assigned(args.name, one.interface).addresses);
  return lines.length === 0 ? [] : [...ownLines(args, addresses), ...lines];
}

const chosen = (value: string | readonly string[] | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : list(value);

/** As Docker writes it: localhost, the container's own names, those of the others, aliases of links, extra hosts. */
function hostsFile(args: Options, context: Context): string {
  const { name, extra_hosts, links } = args;
  const all = here(context);
  const own = all.find((one) => one.name === name);
  const aliases = new Map<string, string[]>();
  for (const link of links ?? []) {
    const [target = '', alias = target] = link.split(':');
    aliases.set(target, [...(aliases.get(target) ?? []), alias]);
  }
  return [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost ip6-loopback',
    ...ownLines(args, own?.addresses ?? []),
    ...otherLines(name, known(args, all), aliases, context),
    ...(extra_hosts ?? []).map((entry) => {
      const colon = entry.indexOf(':');
      return `${entry.slice(colon + 1)} ${entry.slice(0, colon)}`;
    }),
    '',
  ].join('\n');
}

function ownLines({ name, hostname }: Options, addresses: readonly string[]): string[] {
  const words = [...(hostname === undefined ? [] : [hostname, hostname.split('.')[0]!]), name];
  return bare(addresses).map((address) => `${address} ${[...new Set(words)].join(' ')}`);
}

const otherLines = (
  name: string,
  others: readonly Endpoint[],
  aliases: ReadonlyMap<string, readonly string[]>,
  context: Context,
): string[] =>
  others.flatMap((one) => {
    const known = [...new Set([...(aliases.get(one.name) ?? []), one.name])].join(' ');
    return metAt(name, one.name, one.addresses, context).map((address) => `${address} ${known}`);
  });

const bare = (cidrs: readonly string[]): string[] => [...new Set(cidrs.map(addressOf))];

/** Where two are on one segment, only their addresses there; else all, as a router may lead to any. */
export function metAt(
  name: string,
  other: string,
  all: readonly string[],
  { attachments, assigned }: Context,
): string[] {
  const segments = new Set(attachments(name).flatMap(({ segment }) => segment ?? []));
  const shared = attachments(other)
    .filter(({ segment }) => segment !== undefined && segments.has(segment))
    .flatMap((one) => assigned(other, one.interface).addresses);
  return bare(shared.length > 0 ? shared : all);
}
