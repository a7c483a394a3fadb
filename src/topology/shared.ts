import { addressOf, isLinkLocal } from '../address.ts';
import type { Problem } from '../error.ts';
import { placeOf } from '../source.ts';
import type { At, Path } from '../source.ts';
import { attachmentKey } from './types.ts';
import type { Assigned, Attachment, Located, Segment } from './types.ts';

/** An address or MAC on a segment that spans several hosts. */
export interface Shared {
  /** The segment, the same for all its hosts. */
  readonly wire: string;
  readonly value: string;
  readonly owner: string;
  readonly host: string;
  readonly at: At;
  readonly path: Path;
}

/** What one host has on segments that it shares with others. Link-local addresses are each bridge's own gateway. */
export function sharedOf(
  host: string,
  segments: readonly Located<Segment>[],
  attachments: readonly Located<Attachment>[],
  assigned: ReadonlyMap<string, Assigned>,
): Shared[] {
  return segments.flatMap(({ value: { name, span, addresses, paths }, at }) => {
    if (span === undefined) return [];
    const wire = `${name} ${span}`;
    const own = global(addresses).map((value) => ({ value, owner: name, at, path: paths.addresses }));
    const others = attachments.flatMap(({ value, at: where }) => {
      const found = assigned.get(attachmentKey(value.container, value.interface));
      if (value.segment !== name || !found) return [];
      return [...global(found.addresses), found.mac].map((one) => ({
        ...{ value: one, owner: `${value.container} ${value.interface}`, at: where, path: value.path },
      }));
    });
    return [...own, ...others].map((one) => ({ ...one, wire, host }));
  });
}

const global = (cidrs: readonly string[]): string[] => cidrs.map(addressOf).filter((one) => !isLinkLocal(one));

/** What two hosts have given to somebody on the same segment. */
export function sharedTwice(all: readonly Shared[]): Problem[] {
  const first = new Map<string, Shared>();
  return all.flatMap((one) => {
    const key = `${one.wire} ${one.value}`;
    const before = first.get(key);
    first.set(key, before ?? one);
    if (!before || before.host === one.host) return [];
    const [name, group] = one.wire.split(' ');
    return [
      {
        code: 'DUPLICATE_ADDRESS',
        message: `${one.value} of ${one.owner} on ${one.host} is given to ${before.owner} on ${before.host}, and ${name} spans ${group}`,
        place: placeOf(one.at, one.path),
        hint: 'give each host addresses and a fixed_cidr of its own, by a variable of the host',
        ...(before.at === one.at ? {} : { other: { note: 'the other is at', place: placeOf(before.at, before.path) } }),
      },
    ];
  });
}
