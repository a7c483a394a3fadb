import {
  addressOf,
  familyOf,
  hostEndName,
  linkGroup,
  portText,
  readExposed,
  singleNetwork,
  type Exposed,
  type Family,
} from '../src/address.ts';
import type { Wanted } from '../src/object.ts';
import { flow } from '../src/objects/flow.ts';
import * as nft from '../src/objects/nft-match.ts';
import { nftRule, type BaseChain } from '../src/objects/nft-rule.ts';
import type { Context } from '../src/task.ts';

// Where icc is false, links open exposed ports (the article, "Communication between containers"). Isolated ports of a
// bridge reach each other not at all, so a bridge on which there are links has rules of its own instead.

const FORWARD: BaseChain = { name: 'forward', type: 'filter', hook: 'forward', priority: 0 };

/** A container's interface on a segment whose containers must not talk, but for what links open. */
interface Plug {
  readonly container: string;
  readonly dev: string;
  readonly bridge: string;
  readonly port: string;
  readonly addresses: readonly string[];
}

const plugsOf = (container: string, { lab, attachments, assigned, segment }: Context): Plug[] =>
  attachments(container).flatMap(({ interface: dev, segment: bridge }) =>
    bridge !== undefined && segment(bridge)?.filtered === true
      ? [
          {
            container,
            dev,
            bridge,
            port: hostEndName(lab, container, dev),
            addresses: assigned(container, dev).addresses,
          },
        ]
      : [],
  );

/** What closes the container's ports to its neighbours, and opens those of its links to it. */
export function openings(container: string, context: Context): Wanted[] {
  const own = plugsOf(container, context);
  return [
    ...own.flatMap((plug) => closed(plug, context.lab)),
    ...(context.service(container)?.links ?? []).flatMap((target) => {
      const exposed = (context.service(target)?.expose ?? []).flatMap((text) => readExposed(text) ?? []);
      const others = plugsOf(target, context);
      return own.flatMap((from) =>
        others
          .filter(({ bridge }) => bridge === from.bridge)
          .flatMap((to) => exposed.flatMap((one) => open(from, to, one))),
      );
    }),
  ];
}

/** Neighbours may ask for its address and no more. */
function closed({ container, dev, port }: Plug, lab: string): Wanted[] {
  const rule = (id: string, what: string, first: boolean, ...expr: unknown[]): Wanted =>
    nftRule({
      family: 'bridge',
      chain: FORWARD,
      id: `icc ${container} ${dev}${id}`,
      what,
      expr: [nft.goesOut(port), nft.comesInByGroup(linkGroup(lab)), ...expr],
      ...(first ? { first: true } : {}),
    });
  return [
    rule('', `closed to neighbours`, false, nft.drop),
    rule(' arp', 'ARP', true, nft.ether('arp'), nft.accept),
    rule(' ndp', 'NDP', true, nft.neighbourDiscovery, nft.accept),
  ];
}

function open(from: Plug, to: Plug, exposed: Exposed): Wanted[] {
  return ([4, 6] as const).flatMap((family) => {
    const [source, target] = [from, to].map(({ addresses }) => addresses.find((cidr) => familyOf(cidr) === family));
    return source && target ? between(from, to, family, addressOf(source), addressOf(target), exposed) : [];
  });
}

/**
 * Both directions at the bridge: an answer over TCP is told by never opening a connection; what is none over UDP only
 * a kernel knows that tracks bridged packets, or the IP hook, which they meet where br_netfilter is on.
 */
function between(from: Plug, to: Plug, family: Family, source: string, target: string, exposed: Exposed): Wanted[] {
  const { ports, protocol } = exposed;
  const range = ports[0] === ports[1] ? ports[0] : ports;
  const there = [nft.from(singleNetwork(source)!), nft.to(singleNetwork(target)!), nft.toPort(protocol, range)];
  const back = [nft.from(singleNetwork(target)!), nft.to(singleNetwork(source)!), nft.fromPort(protocol, range)];
  const answer = [nft.comesIn(to.port), nft.goesOut(from.port), ...back];
  const { bridge } = from;
  const id = `link ${from.container} ${to.container} ${family} ${portText(ports)}/${protocol}`;
  const what = `${from.container} to ${to.container} ${portText(ports)}/${protocol}`;
  const rule = (suffix: string, where: 'bridge' | 'ip' | 'ip6', ...expr: unknown[]): Wanted =>
    nftRule({
      family: where,
      chain: FORWARD,
      id: `${id}${suffix}`,
      what,
      of: `IPv${family}`,
      expr: [...expr, nft.accept],
      first: true,
    });
  const routed = family === 4 ? 'ip' : 'ip6';
  return [
    rule('', 'bridge', nft.comesIn(from.port), nft.goesOut(to.port), ...there),
    nftRule({
      family: 'bridge',
      chain: FORWARD,
      id: `${id} back`,
      what,
      of: `IPv${family}`,
      expr: [...answer, ...(protocol === 'tcp' ? [nft.opensNothing] : []), nft.accept],
      ...(protocol === 'tcp'
        ? {}
        : { tracked: { family, expr: [...answer, nft.inState('established', 'related'), nft.accept] } }),
      first: true,
    }),
    rule(' routed', routed, nft.comesIn(bridge), nft.goesOut(bridge), ...there),
    nftRule({
      family: routed,
      chain: FORWARD,
      id: `answers ${bridge}`,
      what: 'answers',
      of: `IPv${family}`,
      expr: [nft.comesIn(bridge), nft.goesOut(bridge), nft.inState('established', 'related'), nft.accept],
      first: true,
    }),
    flow({
      family,
      in: bridge,
      out: bridge,
      to: { address: target, protocol, port: portText(ports).replace('-', ':') },
    }),
    flow({ family, in: bridge, out: bridge, answers: true }),
  ];
}
