import { printable, type Problem } from '../error.ts';
import type { Target } from './target.ts';

/** The last line that says anything, safe for a terminal. */
export function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return printable(lines.at(-1)?.trim() ?? '').slice(0, 300);
}

export interface Explained extends Problem {
  /** The other side turned the connection away before anything ran, because it was busy: worth another try. */
  readonly again?: boolean;
}

interface Cause {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: string;
  readonly hint: (at: At) => string;
  readonly again?: boolean;
}

interface At {
  readonly address: string;
  readonly port: number | undefined;
  readonly user: string;
}

const known = ({ address, port }: At): string =>
  port === undefined || port === 22 ? address : `'[${address}]:${port}'`;
const sshTo = ({ address, port }: At): string => `ssh ${port === undefined ? '' : `-p ${port} `}${address}`;

// In the order in which they are looked for: a changed key also fails the verification, and so on.
const CAUSES: readonly Cause[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|has changed and you have requested/,
    code: 'HOST_KEY_CHANGED',
    message: 'the host key is not the one in known_hosts',
    hint: (at) =>
      `somebody may be listening in; if the host was made anew, remove the old key with: ssh-keygen -R ${known(at)}`,
  },
  {
    pattern: /Host key verification failed|host key is known for/,
    code: 'HOST_KEY_UNKNOWN',
    message: 'the host key is not in known_hosts',
    hint: (at) => `connect once by hand and compare the key: ${sshTo(at)}`,
  },
  {
    pattern: /bad permissions|permissions are too open|' are too open/i,
    code: 'AUTH_FAILED',
    message: 'ssh refuses a key file that others may read',
    hint: () => 'chmod 600 the private key',
  },
  {
    pattern: /Too many authentication failures/,
    code: 'AUTH_FAILED',
    message: 'the agent offered too many wrong keys',
    hint: () => 'name the key in the inventory and set "IdentitiesOnly yes" for the host in ssh_config',
  },
  {
    pattern: /Permission denied \(/,
    code: 'AUTH_FAILED',
    message: 'the login was refused',
    hint: ({ user }) => `check the user (${user}), the key, and authorized_keys there; passwords are never asked for`,
  },
  {
    pattern: /Could not resolve hostname/,
    code: 'UNREACHABLE',
    message: 'the name could not be resolved',
    hint: () => 'check the address in the inventory, or the HostName in ssh_config',
  },
  {
    pattern: /kex_exchange_identification|Connection (?:closed|reset) by|Not allowed at this time/,
    code: 'UNREACHABLE',
    message: 'the connection was closed before there was a shell',
    hint: () => 'the ssh server may be busy (MaxStartups), or something before it turns connections away',
    again: true,
  },
  {
    pattern: /Connection refused/,
    code: 'UNREACHABLE',
    message: 'connection refused',
    hint: ({ port }) => `no ssh server listens on port ${port ?? 22}, or a firewall rejects it`,
  },
  {
    pattern: /timed out|Timeout/,
    code: 'UNREACHABLE',
    message: 'timed out',
    hint: () => 'check that the host is up and that nothing drops the packets on the way',
  },
  {
    pattern: /No route to host|Network is unreachable/,
    code: 'UNREACHABLE',
    message: 'there is no route to the host',
    hint: () => 'check the address in the inventory and the routes of this machine',
  },
  {
    pattern: /no matching (?:key exchange|host key|cipher|MAC|compression)/,
    code: 'UNREACHABLE',
    message: 'ssh and the server have no algorithm in common',
    hint: () => 'allow an older one for this host in ssh_config, or update the server',
  },
  {
    pattern: /Bad configuration option|Can't open user config file|Bad owner or permissions|configuration options?/,
    code: 'UNREACHABLE',
    message: 'ssh does not accept its configuration',
    hint: () => 'correct the ssh_config file',
  },
  {
    pattern: /ssh: not found|ssh: command not found|exec: ssh:/,
    code: 'UNREACHABLE',
    message: 'ssh is not installed on this machine',
    hint: () => 'install the OpenSSH client',
  },
];

/** Why there is no connection, from what ssh said; one line and a way out. */
export function explainSsh(target: Target, stderr: string): Explained {
  const at: At = { address: target.address, port: target.port, user: target.user ?? 'the one of ssh_config' };
  const cause = CAUSES.find(({ pattern }) => pattern.test(stderr));
  const last = lastLine(stderr);
  if (cause === undefined) {
    return {
      code: 'UNREACHABLE',
      message: `${target.name}: ${last === '' ? 'ssh ended without a word' : last}`,
      hint: `try by hand: ${sshTo(at)}`,
    };
  }
  const said = last === '' ? '' : ` (${last})`;
  return {
    code: cause.code,
    message: `${target.name}: ${cause.message}${said}`,
    hint: cause.hint(at),
    ...(cause.again === true ? { again: true } : {}),
  };
}
