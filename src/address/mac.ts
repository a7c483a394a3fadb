import { createHash } from 'node:crypto';
import { digest } from './hash.ts';
import { rangeOf } from './network.ts';
import { fromBigInt, toBigInt } from './text.ts';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Lower-case text of a MAC that an interface may have: not a group address (IEEE 802, bit 0 of the first byte), not 0. */
export function readMac(text: string): string | undefined {
  const mac = text.toLowerCase();
  if (text.length !== 17 || !MAC.test(mac) || mac === '00:00:00:00:00:00') return undefined;
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 ? undefined : mac;
}

/** 02:42 and the four bytes of the IPv4 address (Docker's article: 02:42:ac:11:00:00 to 02:42:ac:11:ff:ff). */
export const macFromIPv4 = (address: string): string => localMac(toBigInt(address).toString(16).padStart(8, '0'));

/** 02:42 and four bytes of a hash, for an interface without IPv4. */
export const macFromHash = (seed: string): string => localMac(digest(`mac ${seed}`).toString('hex', 0, 4));

/** 02 and five bytes of the MD5 of a line, as pipework has it for `U:TEXT`. */
export const macFromText = (text: string): string =>
  `02:${createHash('md5')
    .update(`${text}\n`)
    .digest('hex')
    .slice(0, 10)
    .replace(/..(?=.)/g, '$&:')}`;

/**
 * Of the end of a veth that is plugged into a bridge. One whose MAC nobody fixed takes the lowest of its ports, and must not
 * change because of us: so it is as high as it can be with four bytes that no other port there has. Of random MACs one in
 * 16,384 is higher (with fe alone, as libvirt has it, it would be one in 64). It is never the container's own, whose packets
 * the bridge would keep.
 */
export function macOfHostEnd(mac: string): string {
  const end = (hex: string): string => `fe:ff:${hex}`;
  if (mac.startsWith('02:42:')) return end(mac.slice(6));
  const high = end(
    digest(`host end ${mac}`)
      .toString('hex', 0, 4)
      .replace(/..(?=.)/g, '$&:'),
  );
  return high === mac ? `fa${high.slice(2)}` : high;
}

const localMac = (hex: string): string => `02:42:${hex.replace(/..(?=.)/g, '$&:')}`;

/** The link-local address that the kernel derives from a MAC (RFC 4291, appendix A). */
export function linkLocalOf(mac: string): string {
  const hex = mac.replaceAll(':', '');
  const identifier = BigInt(`0x${hex.slice(0, 6)}fffe${hex.slice(6)}`) ^ (2n << 56n);
  return fromBigInt(6, (0xfe80n << 112n) | identifier);
}

/** Host bits that a MAC needs at the end of an IPv6 address (Docker's article: "at least have a size of /80"). */
export const MAC_BITS = 48;

/** The network's prefix and the MAC in the low 48 bits; only for networks of /80 or larger. */
export function ipv6FromMac(network: string, mac: string): string {
  const { family, first, prefix } = rangeOf(network);
  if (family !== 6 || prefix > 128 - MAC_BITS) throw new RangeError(`a MAC does not fit into ${network}`);
  return fromBigInt(6, first | BigInt(`0x${mac.replaceAll(':', '')}`));
}
