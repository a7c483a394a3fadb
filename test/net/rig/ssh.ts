import type { RigHost } from './host.ts';

const quoted = JSON.stringify;

/** The files of the controller's side. */
export interface Files {
  readonly identity: string;
  readonly knownHosts: string;
}

export const knownHostsText = (hosts: readonly RigHost[], key: string): string =>
  hosts.map(({ name, address, address6 }) => `${name},${address},${address6} ${key}\n`).join('');

const options = ({ knownHosts }: Files): [string, string][] => [
  ['IdentitiesOnly', 'yes'],
  ['UserKnownHostsFile', knownHosts],
  ['GlobalKnownHostsFile', '/dev/null'],
  ['StrictHostKeyChecking', 'yes'],
  // A third of a login's time is the post-quantum key exchange.
  ['KexAlgorithms', 'curve25519-sha256'],
];

export function sshConfigText(hosts: readonly RigHost[], files: Files): string {
  const names = hosts.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n`);
  const all = options(files).map(([key, value]) => `  ${key} ${value}\n`);
  return `${names.join('')}Host *\n  User root\n  IdentityFile ${files.identity}\n${all.join('')}`;
}

/** An Ansible inventory in YAML that needs nothing but itself. */
export function inventoryText(hosts: readonly RigHost[], files: Files): string {
  const args = options(files).map(([key, value]) => `-o ${key}=${value}`);
  const lines = hosts.map(({ name, address }) => `    ${name}: { ansible_host: ${quoted(address)} }\n`);
  return [
    'all:\n',
    '  vars:\n',
    '    ansible_user: root\n',
    `    ansible_ssh_private_key_file: ${quoted(files.identity)}\n`,
    `    ansible_ssh_common_args: ${quoted(args.join(' '))}\n`,
    '  hosts:\n',
    ...lines,
  ].join('');
}
