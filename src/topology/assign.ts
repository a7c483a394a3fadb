import { addressOf, contains, familyOf, prefixOf, readAddress } from '../address.ts';
import type { Family } from '../address.ts';
import type { Problem } from '../error.ts';
import { placeOf } from '../source.ts';
import { allocate, allocateIPv6 } from './allocate.ts';
import type { Draft } from './allocate.ts';
import { chooseGateways } from './gateway.ts';
import { giveMacs } from './mac.ts';
import { containerNetworks, fixedRange, ownAddresses, poolOf, withPrefix } from './segment.ts';
import type { Pool } from './segment.ts';
import { attachmentKey } from './types.ts';
import type { Assigned, Attachment, HeldAddresses, Located, Segment } from './types.ts';

/**
 * The address plan of one host, by `container/interface`: fixed addresses, then those held by the ledger, then the
 * lowest free ones in the order of the list. IPv6 is prefix + MAC where that fits. It never throws; where
 * `checkTopology` finds a problem, the plan is of no use.
 */
export function assignAddresses(
  lab: string,
  segments: readonly Located<Segment>[],
  attachments: readonly Located<Attachment>[],
  held: ReadonlyMap<string, HeldAddresses>,
  host = '',
): { assigned: Map<string, Assigned>; problems: Problem[] } {
  const bare = new Map([...held].map(([key, texts]) => [key, bareAddresses(texts)]));
  const drafts = attachments.map((from) => draftOf(from, bare));
  // Who left the playbook, or moves in this run, is on the wire until then.
  const avoid = new Set([...bare.values()].flat());
  const byName = new Map(segments.map((segment) => [segment.value.name, segment]));
  const segmentOf = ({ from }: Draft): Located<Segment> | undefined => byName.get(from.value.segment ?? '');
  const problems = groupBySegment(drafts).flatMap((group) =>
    planSegment({ lab, host }, segmentOf(group[0]!), group, avoid),
  );
  const gateways = chooseGateways(drafts, (draft) => segmentOf(draft)?.value);
  const assigned = drafts.map((draft): [string, Assigned] => {
    const addresses = [...draft.addresses[4], ...draft.addresses[6]];
    return [draft.key, { addresses, mac: draft.mac, gateways: gateways.get(draft) ?? [], notes: draft.notes }];
  });
  return { assigned: new Map(assigned), problems };
}

function draftOf(from: Located<Attachment>, held: ReadonlyMap<string, readonly string[]>): Draft {
  const key = attachmentKey(from.value.container, from.value.interface);
  return { from, key, addresses: { 4: [], 6: [] }, held: held.get(key) ?? [], notes: [], mac: '' };
}

/** The ledger is a file on somebody's host, so its texts are read like any other. */
const bareAddresses = (held: HeldAddresses): string[] =>
  held.map((text) => readAddress(addressOf(text))).filter((address) => address !== undefined);

/** Each point-to-point attachment is a group of its own. */
function groupBySegment(drafts: readonly Draft[]): Draft[][] {
  const groups = new Map<string | Draft, Draft[]>();
  for (const draft of drafts) {
    const group = draft.from.value.segment ?? draft;
    const members = groups.get(group);
    if (members) members.push(draft);
    else groups.set(group, [draft]);
  }
  return [...groups.values()];
}

function planSegment(
  { lab, host }: { readonly lab: string; readonly host: string },
  segment: Located<Segment> | undefined,
  drafts: readonly Draft[],
  held: ReadonlySet<string>,
): Problem[] {
  const taken = new Set(segment && ownAddresses(segment.value).map(({ cidr }) => addressOf(cidr)));
  // A gateway may be a machine that no task knows.
  const gateways = drafts.flatMap(({ from }) => (from.value.gateways === 'none' ? [] : from.value.gateways));
  const avoid = new Set([...held, ...gateways, ...(segment?.value.reserved ?? [])]);
  const pools = { 4: segment && poolOf(segment.value, 4), 6: segment && poolOf(segment.value, 6) };
  const allocateFamily = (family: Family): Problem[] => {
    const pool = pools[family];
    if (!segment || !pool) return [];
    const needy = drafts.filter(
      ({ addresses, from }) => addresses[family].length === 0 && from.value.unnumbered !== true,
    );
    const short = (family === 4 ? allocate : allocateIPv6)(pool, needy, { taken, avoid });
    return short.length === 0 ? [] : [exhausted(segment, pool, needy.length, short)];
  };
  for (const draft of drafts) giveFixed(segment?.value, draft, taken);
  const problems = allocateFamily(4);
  // Containers of other hosts are on the same wire, perhaps with the same names.
  const isShared = segment?.value.span !== undefined || drafts[0]?.from.value.wire !== undefined;
  giveMacs(isShared ? `${lab}@${host}` : lab, drafts, pools[6]);
  return [...problems, ...allocateFamily(6)];
}

function giveFixed(segment: Segment | undefined, draft: Draft, taken: Set<string>): void {
  for (const address of draft.from.value.addresses) {
    const family = familyOf(address);
    const cidr = withPrefix(segment, address) ?? `${address}/${prefixOf(address)}`;
    draft.addresses[family].push(cidr);
    taken.add(addressOf(cidr));
    const networks = segment ? containerNetworks(segment, family) : [];
    // A bridge without a subnet leaves every address to its containers.
    if (segment && networks.length > 0 && !networks.some((network) => contains(network, addressOf(cidr)))) {
      draft.notes.push(`${cidr} is in no subnet of ${segment.name}`);
    }
  }
}

function exhausted(segment: Located<Segment>, pool: Pool, needed: number, short: readonly Draft[]): Problem {
  const { value, at } = segment;
  const fixed = fixedRange(value, pool.family) !== undefined;
  const option = pool.family === 4 ? 'fixed_cidr' : 'fixed_cidr_v6';
  const what = fixed ? `${option} ${pool.range}` : pool.range;
  const path = !fixed ? value.paths.addresses : pool.family === 4 ? value.paths.fixedCidr : value.paths.fixedCidrV6;
  const { container, interface: name, path: firstPath } = short[0]!.from.value;
  const width = pool.family === 4 ? 32 : 128;
  const enough = width - Math.ceil(Math.log2(2 ** (width - prefixOf(pool.range)) + short.length));
  return {
    code: 'POOL_EXHAUSTED',
    message: `${what} of ${value.name} has free addresses for ${needed - short.length} of ${needed} attachments`,
    place: placeOf(at, path),
    hint: `use a larger range (a /${enough} holds them) or fewer attachments`,
    other: { note: `${container} ${name} is the first without one:`, place: placeOf(short[0]!.from.at, firstPath) },
  };
}
