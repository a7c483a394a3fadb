import { readAddress } from '../address.ts';
import { hostsOf, type Inventory } from '../inventory.ts';
import type { Resolver } from '../resolve.ts';
import type { Peer } from '../task.ts';

/** The variable that says where a host is met by the others, where that is not how we reach it. */
const UNDERLAY = 'underlay';

/** The hosts of a group with the addresses at which they meet each other, or nothing if there is no such group. */
export function peersOf(resolver: Resolver, inventory: Inventory, play: number, group: string): Peer[] | undefined {
  if (group !== 'all' && !inventory.groups.has(group)) return undefined;
  return hostsOf(inventory, group).map((host) => {
    const scope = resolver.variables(play, host);
    const words = [UNDERLAY, 'ansible_host'].map((name) => (scope.binding(name) ? scope.get(name) : undefined));
    const address = [...words, host].find((word) => word !== undefined);
    return { host, address: typeof address === 'string' ? readAddress(address) : undefined };
  });
}
