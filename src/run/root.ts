import { NetwrightError, printable } from '../error.ts';
import type { Section } from '../gather.ts';

/**
 * A shell condition: whether we are who owns /proc. Anybody else sees only a part of what is there, and would take the
 * rest for missing.
 */
export const IS_ROOT = '[ -O /proc ]';

/** Root of a container may be no master of its network (CAP_NET_ADMIN, bit 12). Costs no process. */
const IS_ABLE = `while read -r key value; do
  case $key in CapEff:) [ $((0x$value & 0x1000)) -ne 0 ] || mark 'not able' ;; esac
done </proc/self/status`;

export const rootScript = `${IS_ROOT} || { mark 'not root'; id -un; }\n${IS_ABLE}`;

const other = (sections: readonly Section[]): Section | undefined => sections.find(({ name }) => name === 'not root');

export const isRoot = (sections: readonly Section[]): boolean => other(sections) === undefined;

/** Refuses a host on which we are somebody else. */
export function assertRoot(host: string, sections: readonly Section[]): void {
  const user = other(sections);
  if (!user) {
    if (!sections.some(({ name }) => name === 'not able')) return;
    throw new NetwrightError({
      code: 'NO_CAPABILITY',
      message: `${host}: root has no CAP_NET_ADMIN there, so the network is not ours to change`,
      hint: 'give it to the container (docker run --cap-add NET_ADMIN), or run outside of it',
    });
  }
  throw new NetwrightError({
    code: 'NOT_ROOT',
    message: `${host}: ${printable(user.text.trim())} is not root there, and networks are root's`,
    hint: 'log in as root, or add --become (ansible_become)',
  });
}
