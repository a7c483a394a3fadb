/**
 * Addresses are canonical text everywhere in the program, and only `read…` makes it from foreign text.
 * All other functions expect canonical text and do not check it again.
 */
export { addressOf, familyOf, fromBigInt, prefixOf, readAddress, readCidr, toBigInt } from './address/text.ts';
export type { Family } from './address/text.ts';
export {
  compareAddresses,
  contains,
  countSubnets,
  hostAt,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isNetworkOrBroadcast,
  isUnspecified,
  networkOf,
  overlaps,
  rangeOf,
  readNetwork,
  singleNetwork,
  splitNetwork,
} from './address/network.ts';
export type { Range } from './address/network.ts';
export { portText, readExposed, readPublished } from './address/port.ts';
export type { Exposed, Published, PortRange } from './address/port.ts';
export { digest, hostEndName, linkGroup } from './address/hash.ts';
export {
  ipv6FromMac,
  linkLocalOf,
  MAC_BITS,
  macFromHash,
  macFromIPv4,
  macFromText,
  macOfHostEnd,
  readMac,
} from './address/mac.ts';
