/** Programs that a host needs, and the Debian packages that bring them. */
export const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  bridge: 'iproute2',
  tc: 'iproute2',
  ss: 'iproute2',
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

export const packageOf = (program: string): string | undefined =>
  Object.hasOwn(PACKAGES, program) ? PACKAGES[program] : undefined;

/** Stands among programs: what kernel parameters are written to. In a container it often is for reading only. */
export const WRITABLE = '/proc/sys';
