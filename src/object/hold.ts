import { familyOf, isUnspecified, overlaps, readPublished, type Family, type PortRange } from '../address.ts';

/** What only one of a host can have at a time. */
export interface Hold {
  readonly what: string;
  /** Who has it. */
  readonly by: string;
  readonly subnet?: string | undefined;
  /** Of a subnet: no part of it may be in another. */
  readonly whole?: true | undefined;
  readonly ports?: HeldPorts | undefined;
}

/** Ports of the host, at one of its addresses, at all of a family, or (where neither is said) at all. */
export interface HeldPorts {
  readonly protocol: 'tcp' | 'udp';
  readonly family?: Family | undefined;
  readonly address?: string | undefined;
  readonly range: PortRange;
}

/** A link of the host has its name, whatever sort it is of. */
export const holdsName = (sort: string, scope: string, name: string): Hold[] =>
  scope === '' ? [{ what: `the name ${name}`, by: `${sort} ${name}` }] : [];

/** Whether two cannot be had at once by two. */
export function meets(one: Hold, other: Hold): boolean {
  if (one.what === other.what) return true;
  if (one.ports && other.ports) return portsMeet(one.ports, other.ports);
  if (one.subnet === undefined || other.subnet === undefined) return false;
  return (one.whole ?? other.whole ?? false) && overlaps(one.subnet, other.subnet);
}

export const portsMeet = (one: HeldPorts, other: HeldPorts): boolean =>
  one.protocol === other.protocol &&
  one.range[0] <= other.range[1] &&
  other.range[0] <= one.range[1] &&
  (one.family === undefined || other.family === undefined || one.family === other.family) &&
  (one.address === undefined || other.address === undefined || one.address === other.address);

/** The ports that a publication as Docker writes it takes; none where their number is somebody else's choice. */
export function publishedPorts(text: string | number): HeldPorts | undefined {
  const { protocol, address, hostPorts: range } = readPublished(text) ?? {};
  if (protocol === undefined || range === undefined) return undefined;
  const isAll = address === undefined || isUnspecified(address);
  const family = address === undefined ? {} : { family: familyOf(address) };
  return { protocol, range, ...family, ...(isAll ? {} : { address }) };
}
