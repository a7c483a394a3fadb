import { isLinkLocal, readAddress } from '../address.ts';
import type { World } from '../gather.ts';
import { scopeOf } from '../plan.ts';
import type { Context } from '../task.ts';

/** With the addresses that nobody planned, by an engine's own choice or by DHCP, as each host was last seen to have them. */
export const withSeen = (context: Context, worldOf: (host: string) => World | undefined): Context => ({
  ...context,
  containers: () =>
    context.containers().map((one) => {
      if (one.addresses.length > 0) return one;
      return { ...one, addresses: seen(worldOf(one.host), scopeOf(context.lab, one.name)) };
    }),
});

function seen(world: World | undefined, scope: string): string[] {
  if (world === undefined) return [];
  const containers = Object.values(world.engines).flatMap((engine) => engine.containers);
  const chosen = containers
    .filter(({ name }) => name === scope)
    .flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
  const leased = (world.nets[scope]?.links ?? [])
    .filter(({ name }) => name !== 'lo')
    .flatMap(({ addresses }) => addresses.map(({ cidr }) => cidr.split('/')[0]!));
  const all = chosen.length > 0 ? chosen : leased;
  return all.flatMap((text) => readAddress(text) ?? []).filter((address) => !isLinkLocal(address));
}
