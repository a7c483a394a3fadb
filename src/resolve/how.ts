import { NetwrightError } from '../error.ts';
import type { ConnectionDefaults } from '../inventory.ts';
import type { Given, RawTask } from '../playbook.ts';
import { placeOf } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import type { Renderer } from './render.ts';
import type { Variables } from './scope.ts';

/** How a task is done: everything about it that is not what it does. */
export interface How {
  /** The user to become; nothing for the one who logged in. */
  readonly user: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The host that does it in place of its own. */
  readonly delegate: string | undefined;
  readonly noLog: boolean;
  /** It is only foreseen, not done. */
  readonly checkOnly: boolean;
  readonly timeoutSeconds: number | undefined;
  /** It goes on by itself, for so many seconds at most. */
  readonly jobSeconds: number | undefined;
  /** Something may ask when it ran. */
  readonly timed: boolean;
  /** How often it is tried at most, until its `until` is true. */
  readonly attempts: number;
  readonly delaySeconds: number;
  /** Between this item of a loop and the one before it. */
  readonly pauseSeconds: number;
}

const DELAY_SECONDS = 5;

/** As Ansible: three times if nothing else is said, else so many times more than once. */
const attemptsOf = (retries: number | undefined, isUntil: boolean): number =>
  retries === undefined ? (isUntil ? 3 : 1) : Math.max(0, Math.floor(retries)) + 1;

/** Throws what is wrong with it, or `Pending`. */
export function howOf(raw: RawTask, scope: Variables, renderer: Renderer, commandLine: ConnectionDefaults): How {
  const value = (given: Given | undefined): unknown => given && renderer.value(given.value, given.at, scope);
  const number = (given: Given | undefined): number | undefined => {
    const found = value(given);
    if (found === undefined) return undefined;
    const seconds = Number(found);
    if (typeof found !== 'boolean' && found !== '' && seconds >= 0 && seconds < Infinity) return seconds;
    throw wrong(given!, 'a number', found);
  };
  const text = (given: Given | undefined): string | undefined => {
    const found = value(given);
    if (found === undefined || typeof found === 'string') return found;
    throw wrong(given!, 'a text', found);
  };
  const flag = (given: Given | undefined): boolean => isOn(value(given));
  // As in Ansible, what the host's variables say of the connection wins over what the playbook says.
  const own = (name: string): unknown => (scope.binding(name) === undefined ? undefined : scope.get(name));
  const enabled = own('ansible_become') ?? value(raw.become) ?? commandLine.become ?? false;
  const user: unknown = own('ansible_become_user') ?? text(raw.becomeUser) ?? commandLine.becomeUser ?? 'root';
  if (typeof user !== 'string' || !USER.test(user)) {
    throw wrong(raw.becomeUser ?? { value: user, at: raw.at }, 'a user name', user);
  }
  return {
    user: isOn(enabled) ? user : undefined,
    environment: environmentOf(raw.environment, value),
    delegate: isHereAlready(raw.delegateTo, own('ansible_connection') ?? commandLine.type)
      ? undefined
      : text(raw.delegateTo),
    noLog: flag(raw.noLog),
    checkOnly: flag(raw.checkMode),
    timeoutSeconds: number(raw.timeout),
    jobSeconds: jobSeconds(raw, number),
    timed: raw.register !== undefined,
    attempts: attemptsOf(number(raw.retries), raw.until !== undefined),
    delaySeconds: number(raw.delay) ?? DELAY_SECONDS,
    pauseSeconds: raw.loopControl.pauseSeconds,
  };
}

/** As in Ansible: with `poll: 0`, unless `async` is 0 or absent. */
function jobSeconds(
  { kind, async: given, poll }: RawTask,
  number: (one: Given | undefined) => number | undefined,
): number | undefined {
  const seconds = number(given) ?? 0;
  if (seconds === 0 || number(poll) !== 0) return undefined;
  if ('detaches' in kind) return seconds;
  throw new NetwrightError({
    code: 'NOT_ALLOWED',
    message: `${kind.kind}: only command and shell can go on by themselves (poll: 0)`,
    place: placeOf(poll!.at),
    hint: 'leave poll out: it is done, and waited for, where it stands',
  });
}

/** `connection: local` at a task of a host that is this machine. */
const isHereAlready = (delegate: Given | undefined, connection: unknown): boolean =>
  connection === 'local' && delegate?.at.path.at(-1) === 'connection';

/** As Ansible's users write it: `yes`, `true`, `1`. */
export const isOn = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && /^(true|yes|on|1)$/i.test(value)) || value === 1;

const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** Ansible's own rule for the names of a shell. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function environmentOf(given: readonly Given[], value: (one: Given) => unknown): Record<string, string> {
  const all = new Map<string, string>();
  for (const one of given) {
    const found = value(one) ?? {};
    if (!isMapping(found)) throw wrong(one, 'a mapping', found);
    for (const [name, part] of Object.entries(found)) {
      if (!NAME.test(name) || (typeof part === 'object' && part !== null)) {
        throw wrong(one, 'a mapping of names to texts', found);
      }
      all.set(name, part === null ? '' : typeof part === 'string' ? part : JSON.stringify(part));
    }
  }
  return Object.fromEntries(all);
}

const wrong = ({ at }: Given, wanted: string, found: unknown): NetwrightError =>
  new NetwrightError({
    code: 'WRONG_TYPE',
    message: `${at.path.findLast((part) => typeof part === 'string') ?? 'task'}: must be ${wanted}, found ${describe(found)}`,
    place: placeOf(at),
  });
