/** A host as `connect` sees it; everything about it was decided by the inventory. */
export interface Target {
  /** The inventory's name, for messages. */
  readonly name: string;
  readonly type: 'local' | 'ssh' | 'docker' | 'podman';
  readonly address: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly keyFile?: string | undefined;
  /** More arguments for ssh, already split into words. */
  readonly sshArgs: readonly string[];
  readonly become: {
    readonly enabled: boolean;
    readonly user: string;
    readonly password?: string | undefined;
  };
}

// The first value that ssh meets counts, so these win over the user's configuration and arguments.
// Left to the user on purpose: StrictHostKeyChecking, UserKnownHostsFile, IdentitiesOnly, ProxyJump.
const ALWAYS = [
  'BatchMode=yes',
  'ControlMaster=no',
  'ControlPath=none',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
  'ForwardAgent=no',
  'ForwardX11=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'EscapeChar=none',
  'LogLevel=ERROR',
];

/** The argument list that starts `program`, a line for any login shell, on the target. */
export function argvFor(
  target: Target,
  program: string,
  options: { readonly connectTimeoutSeconds: number; readonly sshConfig?: string | undefined },
): string[] {
  if (target.type === 'local') return ['sh', '-c', program];
  if (target.type !== 'ssh') {
    const user = target.user === undefined ? [] : ['-u', target.user];
    return [target.type, 'exec', '-i', ...user, target.address, 'sh', '-c', program];
  }
  const fixed = [...ALWAYS, `ConnectTimeout=${Math.max(1, Math.ceil(options.connectTimeoutSeconds))}`];
  return [
    'ssh',
    ...(options.sshConfig === undefined ? [] : ['-F', options.sshConfig]),
    '-T',
    ...fixed.flatMap((option) => ['-o', option]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    ...(target.user === undefined ? [] : ['-l', target.user]),
    ...(target.keyFile === undefined ? [] : ['-i', target.keyFile]),
    ...target.sshArgs,
    '--',
    target.address,
    program,
  ];
}
