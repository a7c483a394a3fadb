import type { Problem } from '../error.ts';
import { shellLine } from '../command.ts';
import type { Target } from './target.ts';
import { lastLine } from './explain.ts';

/** What the login shell is asked to run: `sh` as the login user, or as another one who says `token` first. */
export function program(become: Target['become'], token: string, prompt: string): string {
  if (!become.enabled) return 'sh';
  const how = become.password === undefined ? ['-n'] : ['-k', '-S', '-p', prompt];
  const sudo = shellLine(['sudo', ...how, '-H', '-u', become.user, '--', 'sh', '-c']);
  const there = `echo ${token}; exec sh`;
  // Sudo forgets on whose connection we came, and nobody else knows it.
  const kept = 'SSH_CONNECTION=\\$0; export SSH_CONNECTION';
  // One pair of single quotes around it all: every login shell, fish and csh too, reads that the same way.
  return `sh -c '[ "$(id -un)" = ${become.user} ] || { export LC_ALL=C; exec ${sudo} "${kept}; ${there}" "\${SSH_CONNECTION-}"; }; ${there}'`;
}

/** User names that need no quoting in any shell. */
export const isUserName = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,255}$/.test(name);

const CAUSES: readonly (readonly [RegExp, (user: string) => Pick<Problem, 'message' | 'hint'>])[] = [
  [
    /a password is required|no password was provided/,
    () => ({
      message: 'sudo wants a password and none was given',
      hint: 'give it with -K or ansible_become_password, or allow this user sudo without one (NOPASSWD in sudoers)',
    }),
  ],
  [
    /must have a tty/,
    () => ({
      message: 'sudo wants a terminal (requiretty)',
      hint: 'take "Defaults requiretty" out of sudoers, or exempt this user: "Defaults:USER !requiretty"',
    }),
  ],
  [
    /not in the sudoers file|is not allowed to|may not run sudo/,
    (user) => ({
      message: `sudo does not allow this user to become ${user}`,
      hint: 'add the user to sudoers, or connect as another one',
    }),
  ],
  [
    /unknown user|unknown uid/,
    (user) => ({ message: `there is no user ${user}`, hint: 'check the name of the become user' }),
  ],
  [
    /sudo: (?:command )?not found|sudo: not executable|exec: sudo:/,
    (user) => ({ message: 'sudo is not installed there', hint: `install sudo, or connect as ${user}` }),
  ],
];

/** Why there is no shell of the other user. */
export function explainBecome(user: string, stderr: string): Pick<Problem, 'message' | 'hint'> {
  const cause = CAUSES.find(([pattern]) => pattern.test(stderr));
  if (cause) return cause[1](user);
  const last = lastLine(stderr);
  return { message: `could not become ${user}${last === '' ? '' : `: ${last}`}` };
}
