import { compareAddresses, familyOf, fromBigInt, ipv6FromMac, MAC_BITS, prefixOf, toBigInt } from '../address.ts';
import type { Family } from '../address.ts';
import { fitsMac } from './segment.ts';
import type { Pool } from './segment.ts';
import type { Attachment, Located } from './types.ts';

/** An attachment while its addresses are being found. */
export interface Draft {
  readonly from: Located<Attachment>;
  readonly key: string;
  /** `address/prefix` by family. */
  readonly addresses: Record<Family, string[]>;
  /** Bare addresses that it holds by the ledger. */
  readonly held: readonly string[];
  readonly notes: string[];
  mac: string;
}

/** Bare addresses of one segment. */
export interface Use {
  /** In use for certain. */
  readonly taken: Set<string>;
  /** Possibly in use: given only when nothing else is left. */
  readonly avoid: ReadonlySet<string>;
}

/** Gives each draft what it holds, else the lowest free address in the order of the list; returns those without. */
export function allocate(pool: Pool, drafts: readonly Draft[], use: Use): Draft[] {
  const others = drafts.filter((draft) => !keepHeld(pool, draft, use));
  const free = freeAddresses(pool, use);
  return others.filter((draft) => {
    const next = free.next();
    if (next.done === true) return true;
    give(pool, draft, next.value, use);
    return false;
  });
}

/**
 * As `allocate`, but in a range of /80 or larger an address ends with the MAC (article: that prevents "NDP neighbor
 * cache invalidation issues"), also when the MAC has changed since.
 */
export function allocateIPv6(pool: Pool, drafts: readonly Draft[], use: Use): Draft[] {
  if (!fitsMac(pool)) {
    const bits = 128 - prefixOf(pool.range);
    const note = `IPv6 does not end with the MAC: ${pool.range} leaves ${bits} bits, a MAC has ${MAC_BITS}`;
    for (const draft of drafts) draft.notes.push(note);
    return allocate(pool, drafts, use);
  }
  const counted = (draft: Draft): boolean => draft.held.some((address) => wasCounted(pool, address));
  const others = drafts.filter((draft) => !counted(draft) || !keepHeld(pool, draft, use));
  const crowded = others.filter((draft) => {
    const address = ipv6FromMac(pool.range, draft.mac);
    if (use.taken.has(address)) return true;
    give(pool, draft, address, use);
    return false;
  });
  for (const { notes } of crowded) notes.push('IPv6 does not end with the MAC: that address is taken');
  return allocate(pool, crowded, use);
}

function give(pool: Pool, draft: Draft, address: string, { taken }: Use): void {
  draft.addresses[pool.family].push(`${address}/${pool.prefix}`);
  taken.add(address);
}

function keepHeld(pool: Pool, draft: Draft, use: Use): boolean {
  const held = draft.held.filter((address) => familyOf(address) === pool.family);
  const kept = held.find((address) => isUsable(pool, address) && !use.taken.has(address));
  if (kept !== undefined) give(pool, draft, kept, use);
  else if (held[0] !== undefined) {
    const why = use.taken.has(held[0]) ? 'is taken' : `does not fit into ${pool.range}`;
    draft.notes.push(`had ${held[0]}, which ${why} now`);
  }
  return kept !== undefined;
}

function* freeAddresses(pool: Pool, { taken, avoid }: Use): Generator<string, void> {
  const { family, first, last } = pool;
  for (let number = first; number <= last; number++) {
    const address = fromBigInt(family, number);
    if (!taken.has(address) && !avoid.has(address) && isUsable(pool, address)) yield address;
  }
  for (const address of [...avoid].sort(compareAddresses)) {
    if (!taken.has(address) && isUsable(pool, address)) yield address;
  }
}

function isUsable({ family, first, last, reserved }: Pool, address: string): boolean {
  if (familyOf(address) !== family || reserved.has(address)) return false;
  const number = toBigInt(address);
  return first <= number && number <= last;
}

/** Whether the address was the lowest free one when it was given, not made from a MAC; only for /80 or larger. */
const wasCounted = (pool: Pool, address: string): boolean =>
  // No MAC in use begins with 00:00, and nobody counts up to 2^32.
  isUsable(pool, address) && toBigInt(address) - pool.first < 1n << 32n;
