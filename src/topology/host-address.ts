import { addressOf, hostAt, isLoopback, isMulticast, isNetworkOrBroadcast, isUnspecified } from '../address.ts';
import { networkOf, prefixOf } from '../address.ts';
import { isRouterAnycast } from './segment.ts';

/** Why an interface must not have this address, and the way out; nothing if it may. */
export function unfit(cidr: string): { code: string; message: string; hint: string } | undefined {
  const sort = isMulticast(cidr)
    ? 'a multicast address'
    : isLoopback(cidr)
      ? 'a loopback address'
      : isUnspecified(cidr)
        ? 'the unspecified address'
        : addressOf(cidr) === '255.255.255.255'
          ? 'the broadcast address'
          : undefined;
  if (sort !== undefined) {
    return { code: 'UNUSABLE_ADDRESS', message: `${addressOf(cidr)} is ${sort}`, hint: 'use a unicast address' };
  }
  if (!isNetworkOrBroadcast(cidr) && !isRouterAnycast(cidr)) return undefined;
  const network = networkOf(cidr);
  const part = isRouterAnycast(cidr)
    ? "routers' anycast"
    : addressOf(network) === addressOf(cidr)
      ? 'network'
      : 'broadcast';
  return {
    code: 'NETWORK_ADDRESS',
    message: `${addressOf(cidr)} is the ${part} address of ${network}`,
    hint: `use an address such as ${hostAt(network, 1)}/${prefixOf(cidr)}`,
  };
}
