export type Shell = 'bash' | 'dash' | 'busybox';

export interface RigUser {
  readonly name: string;
  readonly password?: string;
  /** `none`: not in sudoers. */
  readonly sudo: 'nopasswd' | 'password' | 'none';
  readonly requiretty?: boolean;
  readonly shell?: Shell;
}

export interface HostOptions {
  readonly users?: readonly RigUser[];
  /** Root's login shell. */
  readonly rootShell?: Shell;
  /** What `sh` is there; dash by default. */
  readonly sh?: Shell;
  /** Commands that are busybox's there, such as `timeout`. */
  readonly busybox?: readonly string[];
  /** How the ssh server answers from the start. */
  readonly ssh?: SshMode;
  /** Gives the host a place on a real disk for dockerd. */
  readonly docker?: boolean;
  /** Bash, run as root on the host before its ssh server starts. */
  readonly prepare?: string;
}

/** `refused`: nobody listens. `silent`: accepts and never speaks. `dropped`: no answer at all. */
export type SshMode = 'up' | 'refused' | 'silent' | 'dropped';

const PATHS: Readonly<Record<Shell, string>> = {
  bash: '/bin/bash',
  dash: '/bin/dash',
  // Busybox looks at the name under which it is called.
  busybox: '/usr/local/bin/ash',
};

/** The script that makes a host as it is wanted. */
export function prepareScript(options: HostOptions): string {
  const lines = ['ln -sf "$(command -v busybox)" /usr/local/bin/ash'];
  if (options.rootShell) lines.push(`usermod --shell ${PATHS[options.rootShell]} root`);
  for (const [index, user] of (options.users ?? []).entries()) lines.push(...userLines(user, 2001 + index));
  for (const name of options.busybox ?? []) lines.push(`ln -sf "$(command -v busybox)" /usr/bin/${name}`);
  if (options.prepare !== undefined) lines.push(options.prepare);
  // Last: from here on `sh` may be another one.
  if (options.sh) lines.push(`ln -sf ${PATHS[options.sh]} /usr/bin/sh`);
  return `${lines.join('\n')}\n`;
}

function userLines({ name, password, sudo, requiretty, shell }: RigUser, id: number): string[] {
  const hash = password === undefined ? '*' : `$(openssl passwd -6 -stdin <<'PASSWORD'\n${password}\nPASSWORD\n)`;
  const rules = [
    ...(sudo === 'none' ? [] : [`${name} ALL=(ALL:ALL) ${sudo === 'nopasswd' ? 'NOPASSWD: ' : ''}ALL`]),
    ...(requiretty === true ? [`Defaults:${name} requiretty`] : []),
  ];
  return [
    `echo '${name}:x:${id}:${id}::/home/${name}:${PATHS[shell ?? 'bash']}' >>/etc/passwd`,
    `echo '${name}:x:${id}:' >>/etc/group`,
    `echo "${name}:${hash}:19000:0:99999:7:::" >>/etc/shadow`,
    `install -d -o ${id} -g ${id} /home/${name}`,
    ...(rules.length === 0
      ? []
      : [`install -m 440 /dev/stdin /etc/sudoers.d/rig-${name} <<'SUDO'\n${rules.join('\n')}\nSUDO`]),
  ];
}
