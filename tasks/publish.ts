import {
  addressOf,
  digest,
  familyOf,
  isLoopback,
  isUnspecified,
  networkOf,
  portText,
  readExposed,
  readPublished,
  singleNetwork,
  type Family,
  type PortRange,
  type Published,
} from '../src/address.ts';
import { HOST } from '../src/command.ts';
import { portsMeet, publishedPorts, type Wanted } from '../src/object.ts';
import { flow } from '../src/objects/flow.ts';
import { forwarding } from '../src/objects/forwarding.ts';
import { hostPort } from '../src/objects/host-port.ts';
import * as nft from '../src/objects/nft-match.ts';
import { nftRule, type BaseChain } from '../src/objects/nft-rule.ts';
import { route } from '../src/objects/route.ts';
import { sysctl } from '../src/objects/sysctl.ts';
import type { Context, Mistake } from '../src/task.ts';

interface Options {
  readonly name: string;
  readonly publish?: readonly (string | number)[] | undefined;
  readonly publish_all?: boolean | undefined;
  readonly expose?: readonly (string | number)[] | undefined;
}

/** So many ports of one entry at most: each is claimed for itself. */
const MOST = 1024;

export const publishMistakes = ({ publish = [], expose = [] }: Options): Mistake[] => [
  ...publish.flatMap((text, index) => mistake('publish', text, index, readPublished(text)?.ports)),
  ...expose.flatMap((text, index) => mistake('expose', text, index, readExposed(text)?.ports)),
];

function mistake(key: 'publish' | 'expose', text: string | number, index: number, ports?: PortRange): Mistake[] {
  if (ports && ports[1] - ports[0] < MOST) return [];
  const example = key === 'publish' ? '"127.0.0.1:8000-8010:80-90/tcp"' : '"8000-8010/udp"';
  const why = ports ? `has more than ${MOST} ports` : `"${text}" is no such thing`;
  const hint = `ports are 1 to 65535, ranges equally long, protocols tcp and udp: ${example}`;
  return [{ path: [key, index], code: 'BAD_FORMAT', message: `container.${key}: ${why}`, hint }];
}

/** An engine binds every publication for itself; of rules for one port only the first would count. */
export function takenPorts({ publish = [] }: Options): Mistake[] {
  const all = publish.flatMap((text, index) => {
    const ports = publishedPorts(text);
    return ports ? [{ text, index, ports }] : [];
  });
  // In the order of their numbers each meets only those that are not over yet.
  let open: typeof all = [];
  return all
    .toSorted((one, other) => one.ports.range[0] - other.ports.range[0])
    .flatMap((one) => {
      open = open.filter(({ ports }) => ports.range[1] >= one.ports.range[0]);
      const other = open.find(({ ports }) => portsMeet(ports, one.ports));
      open.push(one);
      if (!other) return [];
      const message = `container.publish: "${one.text}" asks for a port of the host that "${other.text}" has already`;
      const hint = 'a port without an address is taken on all of them: keep one';
      return [{ path: ['publish', one.index], code: 'CONFLICT', message, hint }];
    });
}

/** With -P every exposed port too. */
const published = ({ publish = [], publish_all, expose = [] }: Options): Published[] => [
  ...publish.flatMap((text) => readPublished(text) ?? []),
  ...(publish_all === true ? expose.flatMap((text) => readExposed(text) ?? []) : []),
];

/** Linux's own range for ports that nobody chose (ip_local_port_range). */
const EPHEMERAL = { first: 32768, count: 28232 };

const ephemeral = (lab: string, container: string, port: number, protocol: string): number =>
  EPHEMERAL.first + (digest(`port ${lab}/${container}/${port}/${protocol}`).readUInt32BE() % EPHEMERAL.count);

/** A range of the host's ports that lead to as many of the container's. */
interface Lead {
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string | undefined;
  readonly host: PortRange;
  readonly ports: PortRange;
}

/** nft cannot shift a range, so one whose numbers change is written port by port. */
function leadsOf(options: Options, lab: string, families: readonly Family[]): Lead[] {
  return published(options).flatMap(({ address: given, protocol, ports, hostPorts }) => {
    const address = given === undefined || isUnspecified(given) ? undefined : given;
    const own = given === undefined ? families : [familyOf(given)];
    const [first, last] = ports;
    if (hostPorts?.[0] === first) return own.map((family) => ({ family, protocol, address, host: hostPorts, ports }));
    return Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((port) => {
      const chosen = hostPorts ? hostPorts[0] + port - first : ephemeral(lab, options.name, port, protocol);
      const host: PortRange = [chosen, chosen];
      return own.map((family): Lead => ({ family, protocol, address, host, ports: [port, port] }));
    });
  });
}

/** Where the container is met: its first interface on a bridge that has an address of the family. */
interface Target {
  readonly bridge: string;
  readonly cidr: string;
}

interface Plug {
  readonly bridge: string;
  readonly addresses: readonly string[];
}

const targetOf = (plugs: readonly Plug[], family: Family): Target | undefined =>
  plugs.flatMap(({ bridge, addresses }) =>
    addresses.filter((cidr) => familyOf(cidr) === family).map((cidr) => ({ bridge, cidr })),
  )[0];

/** What an operator wants to know of it: `8080->80/tcp`, or with an address before. */
export function publishWords(options: Options, lab: string): string[] {
  const words = leadsOf(options, lab, [4]).map(({ address, host, ports, protocol }) => {
    const where = address === undefined ? '' : `${address.includes(':') ? `[${address}]` : address}:`;
    return `${where}${portText(host)}->${portText(ports)}/${protocol}`;
  });
  return [...new Set(words)];
}

/** Everything that leads from the host's ports to the container's. */
export function publishObjects(options: Options, plugs: readonly Plug[], { lab }: Context): Wanted[] {
  const families = ([4, 6] as const).filter((family) => targetOf(plugs, family) !== undefined);
  const leads = leadsOf(options, lab, families.length > 0 ? families : [4]);
  return leads.flatMap((lead) => {
    const target = targetOf(plugs, lead.family);
    return [
      ...claims(options.name, lead, target),
      ...(target ? leadObjects(options.name, lead, target) : []),
      ...(target && isLocal(lead) ? onlyHere(options.name, lead, leads, plugs) : []),
    ];
  });
}

const isLocal = ({ address }: Lead): boolean => address !== undefined && isLoopback(address);

/**
 * moby#45610: who is on the wire beside the host could ask the container itself, at any of its addresses; but for those
 * of another family in which everybody may.
 */
function onlyHere(container: string, lead: Lead, leads: readonly Lead[], plugs: readonly Plug[]): Wanted[] {
  const { family, protocol, ports } = lead;
  const what = `${portText(ports)}/${protocol}`;
  const isOpen = (other: Family): boolean =>
    other !== family &&
    leads.some(
      (one) =>
        !isLocal(one) &&
        one.family === other &&
        one.protocol === protocol &&
        one.ports[0] <= ports[1] &&
        ports[0] <= one.ports[1],
    );
  const met = plugs.flatMap(({ bridge, addresses }) => addresses.map((cidr) => ({ bridge, cidr })));
  return met
    .filter(({ cidr }) => !isOpen(familyOf(cidr)))
    .map(({ bridge, cidr }) => {
      const own = addressOf(cidr);
      return nftRule({
        family: familyOf(cidr) === 4 ? 'ip' : 'ip6',
        chain: FORWARD,
        id: `only ${container} ${own} ${what}`,
        what: `${what} from this host only`,
        of: `IPv${familyOf(cidr)}`,
        expr: [
          nft.comesInElsewhere(bridge),
          nft.to(singleNetwork(own)!),
          nft.toPort(protocol, portsOf(ports)),
          nft.wasNotTranslated,
          nft.drop,
        ],
      });
    });
}

const claims = (container: string, { family, protocol, address, host }: Lead, target: Target | undefined): Wanted[] =>
  Array.from({ length: host[1] - host[0] + 1 }, (_, index) =>
    hostPort({ protocol, family, address, port: host[0] + index, container, target: target && addressOf(target.cidr) }),
  );

const PREROUTING: BaseChain = { name: 'prerouting', type: 'nat', hook: 'prerouting', priority: -100 };
const OUTPUT: BaseChain = { name: 'output', type: 'nat', hook: 'output', priority: -100 };
const POSTROUTING: BaseChain = { name: 'postrouting', type: 'nat', hook: 'postrouting', priority: 100 };
const FORWARD: BaseChain = { name: 'forward', type: 'filter', hook: 'forward', priority: 0 };
/** Before any translation. */
const RAW: BaseChain = { name: 'raw', type: 'filter', hook: 'prerouting', priority: -300 };

const LOOPBACK = { 4: '127.0.0.0/8', 6: '::1/128' } as const;

function leadObjects(container: string, lead: Lead, { bridge, cidr }: Target): Wanted[] {
  const { family, protocol, address, host, ports } = lead;
  const where = singleNetwork(addressOf(cidr))!;
  const what = `${portText(host)}->${portText(ports)}/${protocol}`;
  const rule = (chain: BaseChain, id: string, words: string, ...expr: unknown[]): Wanted =>
    nftRule({ family: family === 4 ? 'ip' : 'ip6', chain, id, what: words, of: `IPv${family}`, expr });
  const onHost = portsOf(host);
  const toContainer = nft.leadTo(addressOf(cidr), host[0] === ports[0] && host[0] !== host[1] ? undefined : ports[0]);
  const here = address === undefined ? nft.toHost : nft.to(singleNetwork(address)!);
  const name = `${container} ${address ?? ''} ${what}`;
  const local = address !== undefined && isLoopback(address);
  // ::1 needs a way back of its own, which only who asks for it gets.
  const fromHost = address === undefined && family === 6 ? [nft.toHost, nft.notTo(LOOPBACK[6])] : [here];
  const meetsLoopback = local || (address === undefined && family === 4);
  return [
    ...(meetsLoopback ? loopback(container, family, bridge, where, rule) : []),
    rule(OUTPUT, `output ${name}`, what, ...fromHost, nft.toPort(protocol, onHost), toContainer),
    // A neighbour behind the bridge would get its answer from the container itself, which it never asked.
    rule(
      POSTROUTING,
      `hairpin ${container}`,
      'neighbours through the host',
      nft.from(networkOf(cidr)),
      nft.goesOut(bridge),
      nft.to(where),
      nft.wasTranslated,
      nft.masquerade,
    ),
    ...(local
      ? []
      : [
          forwarding(HOST, family, true),
          rule(PREROUTING, `prerouting ${name}`, what, here, nft.toPort(protocol, onHost), toContainer),
          flow({
            family,
            out: bridge,
            to: { address: addressOf(cidr), protocol, port: portText(ports).replace('-', ':') },
          }),
          flow({ family, in: bridge, answers: true }),
        ]),
  ];
}

const portsOf = ([first, last]: PortRange): nft.Ports => (first === last ? first : [first, last]);

/**
 * Packets from the loopback address leave the host under the bridge's. For IPv4 the bridge must be told that answers
 * may come back to 127.0.0.0/8, and then nobody on any wire may send there; for IPv6 the answer needs a route, and the
 * kernel itself takes nothing from a wire that is for ::1.
 */
function loopback(
  container: string,
  family: Family,
  bridge: string,
  where: string,
  rule: (chain: BaseChain, id: string, what: string, ...expr: unknown[]) => Wanted,
): Wanted[] {
  const guard =
    family === 4
      ? [
          rule(
            RAW,
            'loopback guard',
            'nobody else to the loopback',
            nft.comesInElsewhere('lo'),
            nft.to(LOOPBACK[4]),
            nft.drop,
          ),
          sysctl(HOST, `net/ipv4/conf/${bridge}/route_localnet`, '1'),
        ]
      : [route(HOST, { family, to: LOOPBACK[6], dev: bridge, type: 'local', table: 'local', metric: 2048 })];
  const hide = rule(
    POSTROUTING,
    `loopback ${container}`,
    'this host by its loopback',
    nft.from(LOOPBACK[family]),
    nft.goesOut(bridge),
    nft.to(where),
    nft.masquerade,
  );
  return [...guard, hide];
}
