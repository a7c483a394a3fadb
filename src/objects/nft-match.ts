import { addressOf, compareAddresses, contains, familyOf, prefixOf } from '../address.ts';

// Expressions of nft rules, each exactly as `nft -j` lists it, so that a rule can be compared with what was asked for.

type Operator = '==' | '!=' | 'in' | '!';

const match = (left: unknown, op: Operator, right: unknown) => ({ match: { op, left, right } });
const meta = (key: string) => ({ meta: { key } });
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });

/** One value, or a set in the order in which the kernel lists it. */
const oneOf = (values: readonly unknown[]): unknown => (values.length === 1 ? values[0] : { set: values });

const names = (links: readonly string[]): unknown => oneOf(links.toSorted());

export const comesIn = (...links: string[]) => match(meta('iifname'), '==', names(links));
export const comesInElsewhere = (link: string) => match(meta('iifname'), '!=', link);
export const goesOut = (...links: string[]) => match(meta('oifname'), '==', names(links));
export const goesOutElsewhere = (link: string) => match(meta('oifname'), '!=', link);

/** Through a link of that group, which is the lab's mark. */
export const comesInByGroup = (group: number) => match(meta('iifgroup'), '==', group);

export const ether = (type: string) => match(payload('ether', 'type'), '==', type);
export const layer4 = (protocol: string) =>
  match(meta('l4proto'), '==', protocol === 'icmpv6' ? 'ipv6-icmp' : protocol);
export const neighbourDiscovery = match(payload('icmpv6', 'type'), '==', {
  set: ['nd-neighbor-solicit', 'nd-neighbor-advert'],
});

const place = (network: string): unknown => {
  const isSingle = prefixOf(network) === (familyOf(network) === 4 ? 32 : 128);
  return isSingle ? addressOf(network) : { prefix: { addr: addressOf(network), len: prefixOf(network) } };
};

/** Networks without those inside others, by number: nft takes no set whose parts overlap. */
function places(networks: readonly string[]): unknown {
  const whole = [...new Set(networks)].filter(
    (network) => !networks.some((other) => other !== network && contains(other, network)),
  );
  return oneOf(whole.toSorted(compareAddresses).map(place));
}

const protocolOf = (networks: readonly string[]): string => (familyOf(networks[0]!) === 4 ? 'ip' : 'ip6');

/** All networks of one family. */
export const from = (...networks: string[]) => match(payload(protocolOf(networks), 'saddr'), '==', places(networks));
export const notFrom = (...networks: string[]) => match(payload(protocolOf(networks), 'saddr'), '!=', places(networks));
export const to = (...networks: string[]) => match(payload(protocolOf(networks), 'daddr'), '==', places(networks));
export const notTo = (network: string) => match(payload(protocolOf([network]), 'daddr'), '!=', place(network));
export const toHost = match({ fib: { result: 'type', flags: ['daddr'] } }, '==', 'local');

/** A port or a range of them. */
export type Ports = number | readonly [number, number];

const ports = (list: readonly Ports[]): unknown => {
  const first = (one: Ports): number => (typeof one === 'number' ? one : one[0]);
  const sorted = list.toSorted((a, b) => first(a) - first(b));
  return oneOf(sorted.map((one) => (typeof one === 'number' ? one : { range: one })));
};

export const toPort = (protocol: string, ...list: Ports[]) => match(payload(protocol, 'dport'), '==', ports(list));
export const fromPort = (protocol: string, ...list: Ports[]) => match(payload(protocol, 'sport'), '==', ports(list));

/** Anything but the first packet of a connection, told without keeping any state. */
export const opensNothing = match({ '&': [payload('tcp', 'flags'), ['syn', 'ack']] }, '!=', 'syn');

export const wasTranslated = match({ '&': [{ ct: { key: 'status' } }, 'dnat'] }, '==', 'dnat');
export const wasNotTranslated = match({ ct: { key: 'status' } }, '!', 'dnat');

/** As the kernel lists them. */
const STATES = ['invalid', 'established', 'related', 'new', 'untracked'] as const;
export type ConnectionState = (typeof STATES)[number];

export const inState = (...states: ConnectionState[]) => {
  const sorted = STATES.filter((state) => states.includes(state));
  return match({ ct: { key: 'state' } }, 'in', sorted.length === 1 ? sorted[0] : sorted);
};

export const accept = { accept: null };
export const drop = { drop: null };
export const reject = { reject: { type: 'icmpx', expr: 'port-unreachable' } };
export const masquerade = { masquerade: null };
export const leadTo = (addr: string, port?: number) => ({ dnat: port === undefined ? { addr } : { addr, port } });
