import { NetwrightError, printable } from '../error.ts';
import type { Section } from '../gather.ts';

/**
 * A shell condition: whether we are who owns /proc. Anybody else sees only a part of what is there, and would take the
 * rest for missing.
 */
export const IS_ROOT = '[ -O /proc ]';

export const rootScript = `${IS_ROOT} || { mark 'not root'; id -un; }`;

const other = (sections: readonly Section[]): Section | undefined => sections.find(({ name }) => name === 'not root');

export const isRoot = (sections: readonly Section[]): boolean => other(sections) === undefined;

/** Refuses a host on which we are somebody else. */
export function assertRoot(host: string, sections: readonly Section[]): void {
  const user = other(sections);
  if (!user) return;
  throw new NetwrightError({
    code: 'NOT_ROOT',
    message: `${host}: ${printable(user.text.trim())} is not root there, and networks are root's`,
    hint: 'log in as root, or add --become (ansible_become)',
  });
}
