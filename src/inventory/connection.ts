import type { Place, Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import { describe } from '../validate.ts';
import { checkSshArgs } from './ssh-args.ts';
import { splitWords } from './words.ts';

/** How to reach a host; everything about it is checked, so that nothing in it can become an option of ssh. */
export interface Connection {
  readonly name: string;
  readonly type: 'local' | 'ssh';
  readonly address: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  /** More arguments for ssh, split into words. */
  readonly sshArgs: readonly string[];
  readonly become: Become;
}

/** Another user on the host, by way of sudo. */
export interface Become {
  readonly enabled: boolean;
  readonly user: string;
  readonly password?: string | undefined;
}

/** A variable of the host with its final value; nothing where there is none. */
export type Lookup = (name: string) => { readonly value: unknown; readonly at?: At | undefined } | undefined;

/** What a play or the command line says; the host's variables win over it. */
export interface ConnectionDefaults {
  readonly type?: string | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly become?: boolean | undefined;
  readonly becomeUser?: string | undefined;
}

// Each variable's names, the present one first.
const TYPE = ['ansible_connection'];
const ADDRESS = ['ansible_host', 'ansible_ssh_host'];
const PORT = ['ansible_port', 'ansible_ssh_port'];
const USER = ['ansible_user', 'ansible_ssh_user'];
const KEY = ['ansible_ssh_private_key_file', 'ansible_private_key_file'];
const BECOME = ['ansible_become'];
const METHOD = ['ansible_become_method'];
const BECOME_USER = ['ansible_become_user'];
const BECOME_PASSWORD = ['ansible_become_password', 'ansible_become_pass'];
const PASSWORD = ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'];
const CHECKING = ['ansible_host_key_checking', 'ansible_ssh_host_key_checking'];
const ARGS = ['ansible_ssh_common_args', 'ansible_ssh_extra_args'];

const SSH_TYPES = ['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh'];
const LOCAL_TYPES = ['local', 'ansible.builtin.local'];
const USER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/;

/** How to reach a host by its variables; `connection` is only to be used without problems. */
export function connectionOf(
  host: string,
  lookup: Lookup,
  defaults: ConnectionDefaults = {},
): { readonly connection: Connection; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const find = (names: readonly string[]) => {
    for (const name of names) {
      const found = lookup(name);
      if (found && found.value !== null && found.value !== '') return { name, ...found };
    }
    return undefined;
  };
  type Found = NonNullable<ReturnType<typeof find>>;
  const refuse = (found: Found, code: string, message: string, hint?: string): undefined => {
    const place: Place | undefined = found.at && placeOf(found.at);
    problems.push({ code, message: `${found.name} of ${host}: ${message}`, place, hint });
  };
  const read = <T>(names: readonly string[], parse: (value: unknown) => T | undefined, wanted: string): T | undefined => {
    const found = find(names);
    if (!found) return undefined;
    return parse(found.value) ?? refuse(found, 'BAD_VALUE', `must be ${wanted}, found ${describe(found.value)}`);
  };

  const password = find(PASSWORD);
  if (password) {
    refuse(password, 'UNSUPPORTED', 'logging in by password is not supported', 'use a key: ssh-copy-id, then remove it');
  }
  const method = find(METHOD);
  if (method && !/^(ansible\.builtin\.)?sudo$/.test(String(method.value))) {
    refuse(method, 'UNSUPPORTED', `there is no become method "${String(method.value)}"`, 'sudo is the only one');
  }
  const given = find(TYPE);
  const type = typeOf(given?.value ?? defaults.type ?? 'ssh');
  if (type === undefined) {
    const message = `there is no connection "${String(given?.value ?? defaults.type)}"`;
    refuse(given ?? { name: 'connection', value: '' }, 'UNSUPPORTED', message, 'there are ssh and local');
  }
  const sshArgs = ARGS.flatMap((name) => {
    const found = find([name]);
    if (!found) return [];
    const words = typeof found.value === 'string' ? splitWords(found.value) : undefined;
    if (words === undefined) {
      refuse(found, 'BAD_VALUE', 'must be a text whose quotes are closed');
      return [];
    }
    const checked = checkSshArgs(words);
    if ('args' in checked) return checked.args;
    refuse(found, 'BAD_VALUE', checked.wrong);
    return [];
  });
  const checking = read(CHECKING, booleanOf, 'true or false');
  const trusting = checking === false && !sshArgs.includes(ACCEPT_NEW) ? ['-o', ACCEPT_NEW] : [];
  return {
    connection: {
      name: host,
      type: type ?? 'ssh',
      address: read(ADDRESS, addressOf, 'a host name or an address') ?? host,
      port: read(PORT, portOf, 'a port from 1 to 65535'),
      user: read(USER, userOf, 'a user name') ?? defaults.user,
      keyFile: read(KEY, pathOf, 'a path') ?? defaults.keyFile,
      sshArgs: [...sshArgs, ...trusting],
      become: {
        enabled: read(BECOME, booleanOf, 'true or false') ?? defaults.become ?? false,
        user: read(BECOME_USER, userOf, 'a user name') ?? defaults.becomeUser ?? 'root',
        password: read(BECOME_PASSWORD, passwordOf, 'a text'),
      },
    },
    problems,
  };
}

const ACCEPT_NEW = 'StrictHostKeyChecking=accept-new';

function typeOf(value: unknown): 'local' | 'ssh' | undefined {
  if (LOCAL_TYPES.includes(String(value))) return 'local';
  return SSH_TYPES.includes(String(value)) ? 'ssh' : undefined;
}

/** No leading dash, no white space: it stands on the command line of ssh. */
const addressOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/.test(value) ? value : undefined;

function portOf(value: unknown): number | undefined {
  const port = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

const userOf = (value: unknown): string | undefined =>
  typeof value === 'string' && USER_NAME.test(value) ? value : undefined;

const pathOf = (value: unknown): string | undefined =>
  typeof value === 'string' && !/[\0\n]/.test(value) ? value : undefined;

const passwordOf = (value: unknown): string | undefined =>
  typeof value === 'number' ? String(value) : typeof value === 'string' && !/[\0\n]/.test(value) ? value : undefined;

function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (/^(yes|true|on|1)$/i.test(String(value))) return true;
  return /^(no|false|off|0)$/i.test(String(value)) ? false : undefined;
}
