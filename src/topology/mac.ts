import { ipv6FromMac, macFromHash, macFromIPv4 } from '../address.ts';
import type { Draft } from './allocate.ts';
import { fitsMac } from './segment.ts';
import type { Pool } from './segment.ts';

/** Gives every interface of one segment a MAC of its own: the explicit one, else of its IPv4 address, else of a hash. */
export function giveMacs(lab: string, drafts: readonly Draft[], pool6: Pool | undefined): void {
  const taken = new Set<string>();
  for (const draft of drafts) {
    const { mac } = draft.from.value;
    if (mac === undefined) continue;
    draft.mac = mac;
    taken.add(mac);
  }
  for (const draft of drafts) {
    if (draft.mac !== '') continue;
    draft.mac = ownMac(`${lab}/${draft.key}`, draft, taken, pool6);
    taken.add(draft.mac);
  }
}

function ownMac(seed: string, draft: Draft, taken: ReadonlySet<string>, pool6: Pool | undefined): string {
  let hashed = macFromHash(seed);
  for (let again = 1; taken.has(hashed); again++) hashed = macFromHash(`${seed}/${again}`);
  const [ipv4] = draft.addresses[4];
  if (ipv4 === undefined) return hashed;
  const mac = macFromIPv4(ipv4);
  // Its IPv6 address was made from the hash, and would change with the MAC.
  const isHeld = pool6 && fitsMac(pool6) && draft.held.includes(ipv6FromMac(pool6.range, hashed));
  if (!isHeld && !taken.has(mac)) return mac;
  const why = taken.has(mac) ? `${mac} is taken` : 'its IPv6 address ends with another';
  draft.notes.push(`MAC is not made from ${ipv4}: ${why}`);
  return hashed;
}
