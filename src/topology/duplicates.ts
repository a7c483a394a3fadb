import { addressOf, familyOf } from '../address.ts';
import type { Problem } from '../error.ts';
import { placeOf } from '../source.ts';
import type { At, Path } from '../source.ts';
import { ownAddresses } from './segment.ts';
import { attachmentKey } from './types.ts';
import type { Attachment, Located, Segment } from './types.ts';

/** One use of something that may be used once. */
interface Claim {
  /** What must be unique, with the segment or container within which it must. */
  readonly key: string;
  readonly owner: string;
  readonly at: At;
  readonly path: Path;
  problem(first: string): Pick<Problem, 'code' | 'message' | 'hint'>;
}

/** Addresses and MACs given twice on one segment, and interfaces made twice. Separate segments may repeat each other. */
export function duplicates(
  segments: readonly Located<Segment>[],
  attachments: readonly Located<Attachment>[],
): Problem[] {
  const first = new Map<string, Claim>();
  return [...segments.flatMap(segmentClaims), ...attachments.flatMap(attachmentClaims)].flatMap((claim) => {
    const before = first.get(claim.key);
    if (before === undefined) {
      first.set(claim.key, claim);
      return [];
    }
    const other = { note: `${before.owner} is at`, place: placeOf(before.at, before.path) };
    return [{ ...claim.problem(before.owner), place: placeOf(claim.at, claim.path), other }];
  });
}

const segmentClaims = ({ value, at }: Located<Segment>): Claim[] =>
  ownAddresses(value).map(({ cidr, path }) => addressClaim(value.name, cidr, value.name, at, path));

function attachmentClaims({ value, at }: Located<Attachment>): Claim[] {
  const owner = `${value.container || 'host'} ${value.interface}`;
  const wire = value.segment ?? value.wire ?? attachmentKey(value.container, value.interface);
  const claims = value.addresses.map((address, index) =>
    addressClaim(wire, address, owner, at, [...value.path, 'address', index]),
  );
  const { mac } = value;
  if (mac !== undefined) {
    claims.push({
      key: `mac ${mac} ${wire}`,
      owner,
      at,
      path: [...value.path, 'mac_address'],
      problem: (first) => ({
        code: 'DUPLICATE_MAC',
        message: `${mac} is the MAC of ${first} on ${wire} already`,
        hint: 'give each its own, or leave mac_address out',
      }),
    });
  }
  return [...claims, interfaceClaim(value, owner, at)];
}

const addressClaim = (wire: string, cidr: string, owner: string, at: At, path: Path): Claim => ({
  key: `address ${addressOf(cidr)} ${wire}`,
  owner,
  at,
  path,
  problem: (first) => ({
    code: 'DUPLICATE_ADDRESS',
    message: `${addressOf(cidr)} is given to ${first} on ${wire} already`,
    hint: `use another IPv${familyOf(cidr)} address, or leave it out to get a free one`,
  }),
});

const interfaceClaim = (attachment: Attachment, owner: string, at: At): Claim => ({
  key: `interface ${attachmentKey(attachment.container, attachment.interface)}`,
  owner,
  at,
  path: attachment.path,
  problem: () => ({
    code: 'DUPLICATE_INTERFACE',
    message: `${attachment.container || 'the host'} has an interface ${attachment.interface} already`,
    hint: 'give one of them another name with `interface`',
  }),
});
