import { addressOf, contains, familyOf, isLinkLocal, networkOf } from '../address.ts';
import type { Family } from '../address.ts';
import type { Draft } from './allocate.ts';
import { LINK_LOCAL_GATEWAY } from './segment.ts';
import type { Segment } from './types.ts';

/** The default gateways by attachment: of each family, only a container's first attachment with a gateway has one. */
export function chooseGateways(
  drafts: readonly Draft[],
  segmentOf: (draft: Draft) => Segment | undefined,
): Map<Draft, string[]> {
  const winners = new Map<string, Draft>();
  const chosen = new Map<Draft, string[]>();
  for (const draft of drafts) {
    const { container, gateways } = draft.from.value;
    for (const family of [4, 6] as const) {
      const explicit = gateways === 'none' ? undefined : gateways.find((gateway) => familyOf(gateway) === family);
      const gateway = explicit ?? (gateways === 'none' ? undefined : segmentGateway(segmentOf(draft), draft, family));
      if (gateway === undefined) continue;
      const key = `${container}/${family}`;
      const winner = winners.get(key);
      if (winner === undefined) {
        winners.set(key, draft);
        chosen.set(draft, [...(chosen.get(draft) ?? []), gateway]);
      } else if (explicit !== undefined) {
        const { interface: first } = winner.from.value;
        draft.notes.push(`gateway ${explicit} is not used: ${first} has the IPv${family} default route`);
      }
    }
  }
  return chosen;
}

/** fe80::1 where `fixed_cidr_v6` is set (article, IPv6), else the host's first address that the container can reach. */
function segmentGateway(segment: Segment | undefined, draft: Draft, family: Family): string | undefined {
  const addresses = draft.addresses[family];
  if (segment === undefined || addresses.length === 0) return undefined;
  if (family === 6 && segment.fixedCidrV6 !== undefined) return LINK_LOCAL_GATEWAY;
  const own = segment.addresses.filter((cidr) => familyOf(cidr) === family).map(addressOf);
  const reachable = own.find((address) => addresses.some((cidr) => contains(networkOf(cidr), address)));
  if (reachable !== undefined) return reachable;
  return own.find((address) => draft.from.value.onlink || (family === 6 && isLinkLocal(address)));
}
