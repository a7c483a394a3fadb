import { Option, type Command } from 'commander';
import { hostname, userInfo } from 'node:os';
import { NetwrightError } from '../error.ts';
import type { LoadOptions } from './load.ts';
import { person, prompter } from './person.ts';
import { becomePassword, type VaultSources } from './secrets.ts';

/** Where vault passwords come from. */
export interface VaultFlags {
  readonly vaultPasswordFile?: string[];
  readonly vaultId?: string[];
  readonly askVaultPass?: boolean;
  readonly vaultPassFile?: string[];
  readonly askVaultPassword?: boolean;
}

/** What stands on a command line; names are Ansible's where it has one. */
export interface Flags extends VaultFlags {
  readonly inventory?: string[];
  readonly taskDir?: string[];
  readonly inventoryFile?: string[];
  readonly limit?: string;
  readonly extraVars?: string[];
  readonly json?: boolean;
  readonly forks: number;
  readonly timeout: number;
  readonly stepTimeout: number;
  readonly sshConfig?: string;
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly verbose?: number;
  readonly prune?: boolean;
  readonly lockTimeout?: number;
  readonly confirm?: number;
  readonly allowIrreversible?: boolean;
  readonly out?: string;
  readonly lab?: string;
  readonly user?: string;
  readonly privateKey?: string;
  readonly keyFile?: string;
  readonly become?: boolean;
  readonly connection?: string;
  readonly takeOver?: boolean;
  readonly junit?: string;
  readonly retryFile?: string;
  readonly profile?: boolean;
  readonly becomeUser?: string;
  readonly becomeMethod?: string;
  readonly askBecomePass?: boolean;
  readonly becomePasswordFile?: string;
  readonly becomePassFile?: string;
  readonly sshCommonArgs?: string;
  readonly sshExtraArgs?: string;
  readonly tags?: string[];
  readonly skipTags?: string[];
  readonly startAtTask?: string;
  readonly forceHandlers?: boolean;
}

/** Gathers an option that may come several times. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Parses a whole number of at least `least`. */
export const whole =
  (name: string, least: number) =>
  (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least) return number;
    throw new NetwrightError({
      code: 'BAD_OPTION',
      message: `${name}: "${value}" is not a whole number of at least ${least}`,
    });
  };

/** One of Ansible's that cannot be, and why. */
const refused = (flags: string, why: string): Option =>
  new Option(flags, why)
    .argParser(() => {
      throw new NetwrightError({ code: 'BAD_OPTION', message: `${flags.replace(/ <.*/, '')}: ${why}` });
    })
    .hideHelp();

/** Options of every command that may read what is encrypted. */
export const vaultFlags = (command: Command): Command =>
  command
    .option('--vault-password-file <file>', 'a file with the vault password, or a program that prints it', collect)
    .option('--vault-id <label@file>', 'the same with a label; LABEL@prompt asks', collect)
    .option('-J, --ask-vault-pass', 'ask for the vault password')
    .addOption(new Option('--vault-pass-file <file>', 'the same').argParser(collect).hideHelp())
    .addOption(new Option('--ask-vault-password', 'the same').hideHelp());

/** Options of every command that reads hosts and variables. */
export const inventoryFlags = (command: Command): Command =>
  vaultFlags(command)
    .option(
      '-i, --inventory <file>',
      "an Ansible inventory, or hosts with commas ('a,b,'); may come several times",
      collect,
    )
    .addOption(new Option('--inventory-file <file>', 'the same, as Vagrant says it').argParser(collect).hideHelp())
    .option('--task-dir <folder>', "kinds of tasks of one's own; may come several times", collect)
    .option('-l, --limit <pattern>', 'only these of the hosts')
    .option('-e, --extra-vars <vars>', 'variables: name=value, JSON, or @file', collect);

/** Options of every command that connects to hosts. */
export const fleetFlags = (command: Command): Command =>
  inventoryFlags(command)
    .addOption(new Option('-f, --forks <n>', 'hosts at a time').default(50).argParser(whole('--forks', 1)))
    .addOption(new Option('-T, --timeout <seconds>', 'for a connection').default(10).argParser(whole('--timeout', 1)))
    .addOption(
      new Option('--step-timeout <seconds>', 'for a step of a host, which is then ended')
        .default(60)
        .argParser(whole('--step-timeout', 1)),
    )
    .option('-u, --user <name>', 'the user to log in as')
    .option('--private-key <file>', 'the key to log in with')
    .addOption(new Option('--key-file <file>', 'the same').hideHelp())
    .option('-b, --become', 'become root through sudo')
    .option('--become-user <name>', 'become somebody else')
    .option('-K, --ask-become-pass', 'ask for the password that sudo wants')
    .option('--become-password-file <file>', 'a file with that password, or a program that prints it')
    .addOption(new Option('--become-pass-file <file>', 'the same').hideHelp())
    .addOption(new Option('--become-method <name>', 'how to become').choices(['sudo']).hideHelp())
    .option('--ssh-common-args <text>', 'more arguments for ssh')
    .addOption(new Option('--ssh-extra-args <text>', 'more arguments for ssh').hideHelp())
    .addOption(new Option('--scp-extra-args <text>', 'for Ansible: scp is not used').hideHelp())
    .addOption(new Option('--sftp-extra-args <text>', 'for Ansible: sftp is not used').hideHelp())
    .addOption(refused('-k, --ask-pass', 'keys log in, no passwords: use --private-key, or an agent'))
    .addOption(
      refused('--connection-password-file <file>', 'keys log in, no passwords: use --private-key, or an agent'),
    )
    .addOption(refused('--conn-pass-file <file>', 'keys log in, no passwords: use --private-key, or an agent'))
    .addOption(refused('-M, --module-path <folders>', 'there are no modules: --task-dir has kinds of your own'))
    .option('-c, --connection <type>', 'ssh, local, docker or podman')
    .option('--ssh-config <file>', 'an ssh_config instead of your own')
    .option('--json', 'one JSON object per event and line')
    .option('--junit <file>', 'write a JUnit report')
    .option('--retry-file <file>', 'write the hosts that failed, for --limit @file')
    .option('--profile', 'say at the end where the time went')
    .option(
      '-v, --verbose',
      'say more: the commands, then also what programs print',
      (_: string, before: number) => before + 1,
      0,
    );

/** Options of every command that plans. */
export const planFlags = (command: Command): Command =>
  fleetFlags(command)
    .option('-D, --diff', 'show the commands of each change')
    .option('--take-over', 'let this playbook take the place of another one with the same lab');

const tags = (value: string, before: string[] = []): string[] => [
  ...before,
  ...value.split(',').map((tag) => tag.trim()),
];

/** Options of every command that does the tasks of a playbook, or some of them. */
export const chooseFlags = (command: Command): Command =>
  command
    .option('-t, --tags <tags>', 'only tasks with one of these tags, separated by commas', tags)
    .option('--skip-tags <tags>', 'no tasks with one of these tags', tags)
    .option('--start-at-task <name>', 'begin with the task of this name; * stands for anything');

/** Whether the flags leave tasks out: then nothing is known to have left the playbook. */
export const isPartial = ({ tags: only, skipTags, startAtTask }: Flags): boolean =>
  [only, skipTags, startAtTask].some((flag) => flag !== undefined);

/** Options of every command that changes hosts. */
export const changeFlags = (command: Command): Command =>
  planFlags(command)
    .addOption(
      new Option('--confirm <seconds>', 'take every change back unless a new connection confirms it in time').argParser(
        whole('--confirm', 5),
      ),
    )
    .option('--allow-irreversible', 'go on where a change that must be confirmed cannot be taken back')
    .addOption(
      new Option('--lock-timeout <seconds>', 'wait so long for a host that somebody else works on')
        .default(0)
        .argParser(whole('--lock-timeout', 0)),
    );

/**
 * What Vagrant says to Ansible by the environment alone. It counts where we run in ansible-playbook's place and nowhere
 * else; a switched off check of host keys becomes trust at first sight, as everywhere.
 */
function ansibleSshArgs(): { readonly from: string; readonly text: string | undefined }[] {
  const { NETWRIGHT_AS, ANSIBLE_SSH_ARGS, ANSIBLE_HOST_KEY_CHECKING } = process.env;
  if (NETWRIGHT_AS !== 'ansible-playbook') return [];
  const unchecked = /^(false|no|off|0)$/i.test(ANSIBLE_HOST_KEY_CHECKING ?? '');
  return [
    { from: 'ANSIBLE_SSH_ARGS', text: ANSIBLE_SSH_ARGS },
    { from: 'ANSIBLE_HOST_KEY_CHECKING', text: unchecked ? '-o StrictHostKeyChecking=no' : undefined },
  ];
}

export const vaultSources = (flags: VaultFlags): VaultSources => ({
  passwordFiles: [...(flags.vaultPasswordFile ?? []), ...(flags.vaultPassFile ?? [])],
  ids: flags.vaultId ?? [],
  ask: flags.askVaultPass ?? flags.askVaultPassword ?? false,
});

/** What of the flags decides which hosts and variables there are. */
export const loadOptions = (flags: Flags): Omit<LoadOptions, 'kinds'> => ({
  inventories: [...(flags.inventory ?? []), ...(flags.inventoryFile ?? [])],
  sshConfig: flags.sshConfig,
  vault: vaultSources(flags),
  limit: flags.limit,
  extraVars: flags.extraVars ?? [],
  user: flags.user,
  privateKey: flags.privateKey ?? flags.keyFile,
  become: flags.become,
  becomeUser: flags.becomeUser,
  sshArgs: [
    ...ansibleSshArgs(),
    { from: '--ssh-common-args', text: flags.sshCommonArgs },
    { from: '--ssh-extra-args', text: flags.sshExtraArgs },
  ].flatMap(({ from, text }) => (text === undefined ? [] : [{ from, text }])),
  connection: flags.connection,
  takeOver: flags.takeOver,
  tags: flags.tags,
  skipTags: flags.skipTags,
  startAt: flags.startAtTask,
  forceHandlers: flags.forceHandlers,
  mode: { check: flags.check ?? false, diff: flags.diff ?? false, verbosity: flags.verbose ?? 0 },
});

/** The same with what is in no saved plan: the password that sudo wants. */
export const hostOptions = (flags: Flags): Omit<LoadOptions, 'kinds'> => ({
  ...loadOptions(flags),
  becomePassword: becomePassword(flags.becomePasswordFile ?? flags.becomePassFile, flags.askBecomePass ?? false),
});

/** What of the flags decides how the hosts are talked to. */
export const fleetOptions = (flags: Flags) => ({
  forks: flags.forks,
  connectTimeoutSeconds: flags.timeout,
  stepSeconds: flags.stepTimeout,
  sshConfig: flags.sshConfig,
  confirm: flags.confirm,
  allowIrreversible: flags.allowIrreversible,
  ask: person(),
  prompt: prompter(),
  lockTimeout: flags.lockTimeout ?? 0,
});

/** Who we are, for the lock's next visitor. */
export const holder = (playbook: string) => ({
  who: `${userInfo().username}@${hostname()} (process ${process.pid})`,
  playbook,
});
