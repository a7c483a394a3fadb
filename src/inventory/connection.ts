import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import { checkSshArgs } from './ssh-args.ts';
import { splitWords } from './words.ts';

/** How to reach a host; everything about it is checked, so that nothing in it can become an option of ssh. */
export interface Connection {
  readonly name: string;
  readonly type: 'local' | 'ssh' | 'docker' | 'podman';
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
  readonly becomePassword?: string | undefined;
  /** Arguments for ssh as somebody wrote them, before those of the variables, and where that was. */
  readonly sshArgs?: readonly { readonly from: string; readonly text: string }[] | undefined;
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

const TYPES: Readonly<Record<Connection['type'], readonly string[]>> = {
  ssh: ['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh'],
  local: ['local', 'ansible.builtin.local'],
  docker: ['docker', 'community.docker.docker'],
  podman: ['podman', 'containers.podman.podman'],
};
const SUDO = /^(ansible\.builtin\.)?sudo$/;
const USER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/;

/** How to reach a host by its variables; `connection` is only to be used without problems. */
export function connectionOf(
  host: string,
  lookup: Lookup,
  defaults: ConnectionDefaults = {},
): { readonly connection: Connection; readonly problems: readonly Problem[] } {
  const settings = new Settings(host, lookup);
  settings.refuseIf(PASSWORD, () => true, 'logging in by password is not supported', 'use a key, then remove it');
  settings.refuseIf(METHOD, (value) => !SUDO.test(value), 'there is only sudo');
  settings.refuseIf(TYPE, (value) => typeOf(value) === undefined, 'there are only ssh, local, docker and podman');
  const connection: Connection = {
    name: host,
    type: settings.read(TYPE, typeOf) ?? typeOf(defaults.type) ?? 'ssh',
    address: settings.read(ADDRESS, addressOf, 'a host name or an address') ?? host,
    port: settings.read(PORT, portOf, 'a port from 1 to 65535'),
    user: settings.read(USER, userOf, 'a user name') ?? defaults.user,
    keyFile: settings.read(KEY, pathOf, 'a path') ?? defaults.keyFile,
    sshArgs: sshArgsOf(settings, defaults.sshArgs ?? []),
    become: {
      enabled: settings.read(BECOME, booleanOf, 'true or false') ?? defaults.become ?? false,
      user: settings.read(BECOME_USER, userOf, 'a user name') ?? defaults.becomeUser ?? 'root',
      password: settings.read(BECOME_PASSWORD, passwordOf, 'a text') ?? defaults.becomePassword,
    },
  };
  return { connection, problems: settings.problems };
}

interface Setting {
  readonly name: string;
  readonly value: unknown;
  readonly at?: At | undefined;
}

/** The variables of one host, and what is wrong with them. Values are not shown: one may be a password. */
class Settings {
  readonly problems: Problem[] = [];
  readonly #host: string;
  readonly #lookup: Lookup;

  constructor(host: string, lookup: Lookup) {
    this.#host = host;
    this.#lookup = lookup;
  }

  find(names: readonly string[]): Setting | undefined {
    for (const name of names) {
      const found = this.#lookup(name);
      if (found && found.value !== null && found.value !== '') return { name, ...found };
    }
    return undefined;
  }

  /** The value as `parse` takes it; what it does not take is a problem, where somebody says what is wanted. */
  read<T>(names: readonly string[], parse: (value: unknown) => T | undefined, wanted?: string): T | undefined {
    const found = this.find(names);
    if (!found) return undefined;
    const value = parse(found.value);
    if (value === undefined && wanted !== undefined) this.refuse(found, 'BAD_VALUE', `must be ${wanted}`);
    return value;
  }

  refuse({ name, at }: Setting, code: string, message: string, hint?: string): void {
    this.problems.push({ code, message: `${name} of ${this.#host}: ${message}`, place: at && placeOf(at), hint });
  }

  refuseIf(names: readonly string[], test: (value: string) => boolean, message: string, hint?: string): void {
    const found = this.find(names);
    if (found && test(String(found.value))) this.refuse(found, 'UNSUPPORTED', message, hint);
  }
}

function sshArgsOf(settings: Settings, given: readonly { readonly from: string; readonly text: string }[]): string[] {
  const first = given.map(({ from, text }): Setting => ({ name: from, value: text }));
  const args = [...first, ...ARGS.flatMap((name) => settings.find([name]) ?? [])].flatMap((found) => {
    const words = typeof found.value === 'string' ? splitWords(found.value) : undefined;
    const checked = words ? checkSshArgs(words) : { wrong: 'must be a text whose quotes are closed' };
    if ('args' in checked) return checked.args;
    settings.refuse(found, 'BAD_VALUE', checked.wrong);
    return [];
  });
  const trusting = settings.read(CHECKING, booleanOf, 'true or false') === false && !args.includes(ACCEPT_NEW);
  return trusting ? [...args, '-o', ACCEPT_NEW] : args;
}

const ACCEPT_NEW = 'StrictHostKeyChecking=accept-new';

const typeOf = (value: unknown): Connection['type'] | undefined =>
  (Object.keys(TYPES) as Connection['type'][]).find((type) => TYPES[type].includes(String(value)));

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
