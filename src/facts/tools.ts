/** Programs that a host needs, and the Debian packages that bring them. */
export const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  setsid: 'util-linux',
  unshare: 'util-linux',
  flock: 'util-linux',
  ping: 'iputils-ping',
  timeout: 'coreutils',
};

/** Without these nothing can be done at all; the others are missed only by what needs them. */
export const ESSENTIAL: readonly string[] = ['ip', 'nsenter', 'setsid', 'flock'];
