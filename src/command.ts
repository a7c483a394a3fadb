/** An argument list; never a command line. */
export type Argv = readonly string[];

/** Where on a host something is: its own network namespace (`''`) or the named one in /run/netns. */
export type Scope = string;
export const HOST: Scope = '';

/** One thing to do on a host, as data; `apply` is the only place that renders it. */
export type Command =
  /** Arguments of `ip`, without the word; neighbours of one scope are sent as one `ip -batch`. */
  | { readonly do: 'ip'; readonly scope: Scope; readonly argv: Argv }
  /** Writes a value to /proc/sys, in the namespace of the scope. The key has slashes: `net/ipv4/ip_forward`. */
  | { readonly do: 'sysctl'; readonly scope: Scope; readonly key: string; readonly value: string }
  /** Elements of one `nft -j -f -` transaction; neighbours are merged. */
  | { readonly do: 'nft'; readonly scope: Scope; readonly elements: readonly unknown[] }
  /**
   * Writes a file whole (temporary file, sync, rename); parents are made. Mode in octal text. In place it stays the same
   * file, for programs that have it mounted.
   */
  | {
      readonly do: 'write';
      readonly path: string;
      readonly content: string;
      readonly mode: string;
      readonly inPlace?: true | undefined;
    }
  /**
   * Writes a file of the user's whole, as somebody's. With `backup` what was there is kept, and its new name printed;
   * `validate` is a program that has to approve of the file first: where a word of it holds `%s`, its path.
   */
  | {
      readonly do: 'place';
      readonly path: string;
      /** Base64, as it may hold anything. */
      readonly content: string;
      readonly mode: string;
      readonly owner?: string | undefined;
      readonly group?: string | undefined;
      readonly backup: boolean;
      readonly validate?: Argv | undefined;
      /** Written as another user; `''` is who logged in. */
      readonly user?: string | undefined;
    }
  /** Removes a file; with `parent`, its directory too when that is empty then. */
  | { readonly do: 'unlink'; readonly path: string; readonly parent?: boolean }
  /**
   * Names the namespace of an engine's container in /run/netns; fails where the container is another than was planned
   * for, or was started anew since.
   */
  | {
      readonly do: 'sandbox';
      readonly scope: Scope;
      readonly runtime: 'docker' | 'podman';
      /** Its id, or its name while it is not made yet. */
      readonly container: string;
      readonly startedAt?: string | undefined;
    }
  /**
   * Puts Docker's daemon.json in place (without content: away), and has the daemon heed it: by a restart, which may make
   * docker0 anew, or by reading it anew, for live-restore alone; or it says the same as it knows already.
   */
  | {
      readonly do: 'daemon';
      readonly content: string;
      readonly mode: string;
      readonly docker0: 'kept' | 'anew' | 'gone';
      readonly how: 'restart' | 'reread' | 'noted';
      /** Of live-restore, when it was read anew. */
      readonly live?: boolean | undefined;
    }
  /** Puts a text in the hosts file of an engine's container, in the place of what is there between two lines. */
  | {
      readonly do: 'hosts';
      readonly scope: Scope;
      readonly runtime: 'docker' | 'podman';
      readonly container: string;
      readonly begin: string;
      readonly end: string;
      readonly text: string;
    }
  /** Ends every process in a namespace: TERM, then KILL after a second. */
  | { readonly do: 'stop'; readonly scope: Scope }
  /** Starts a program in a namespace that outlives us: own session, no input, output to a log, pid file in /run. */
  | {
      readonly do: 'start';
      readonly scope: Scope;
      readonly argv: Argv;
      readonly hostname?: string | undefined;
      readonly digest: string;
    }
  /** Starts a DHCP client in a namespace, which stays there, and waits for its lease; `release` ends it. */
  | {
      readonly do: 'lease';
      readonly scope: Scope;
      readonly dev: string;
      readonly client: 'udhcpc' | 'dhclient' | 'dhcpcd';
      readonly hostname: string;
      readonly routes: boolean;
      readonly options: Argv;
      readonly seconds: number;
      readonly digest: string;
    }
  | { readonly do: 'release'; readonly scope: Scope; readonly dev: string }
  /** Asks for an answer until one comes or the seconds are over: ping, or TCP to a port. Neighbours run together. */
  | {
      readonly do: 'probe';
      readonly scope: Scope;
      readonly target: string;
      readonly port?: number | undefined;
      readonly seconds: number;
      readonly label: string;
    }
  /** Runs a program and waits for it. Without `stdin` it reads nothing. */
  | {
      readonly do: 'run';
      readonly scope: Scope;
      readonly argv: Argv;
      readonly stdin?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly cwd?: string;
      /** The user who runs it, where that is not the session's own; `''` is the one who logged in. */
      readonly user?: string;
      /** Not run (and said so) when this file exists, or when this one does not. */
      readonly unless?: string;
      readonly onlyIf?: string;
      /** Nobody waits for it: it goes on by itself for so many seconds at most, and what is printed tells its name. */
      readonly jobSeconds?: number;
      /** What its own task calls it, for whoever asks about it later; a line of JSON. */
      readonly jobName?: string;
      /** Whether it is told when it began and ended. */
      readonly timed?: boolean;
      /** A namespace that comes, goes or changes with it, though it runs on the host. */
      readonly about?: Scope;
    };

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** POSIX quoting: inside single quotes nothing is special but the quote itself (POSIX.1-2017, 2.2.2). */
export function quote(arg: string): string {
  if (arg.includes('\0')) throw new TypeError('an argument cannot hold a NUL byte');
  // A leading = or ~, and any =, may be special to a shell when it stands first; quote those too.
  if (SAFE.test(arg) && !/^[=~]/.test(arg) && !arg.includes('=')) return arg;
  return `'${arg.replaceAll("'", `'\\''`)}'`;
}

/** A command line for a POSIX shell that runs exactly this argument list. */
export const shellLine = (argv: Argv): string => argv.map(quote).join(' ');

/**
 * One line of `ip -batch`. Its reader splits at white space, knows quotes, and takes `#` for a comment;
 * all our values are checked by pattern long before, so anything else here is our own bug.
 */
export function batchLine(argv: Argv): string {
  for (const arg of argv) {
    if (!SAFE.test(arg)) throw new TypeError(`not a word for ip -batch: ${JSON.stringify(arg)}`);
  }
  return argv.join(' ');
}

const inside = (scope: Scope): string => (scope === HOST ? '' : `ip netns exec ${scope} `);

/** A command as a person would type it, for output; secrets never reach it. */
export function describeCommand(command: Command): string {
  switch (command.do) {
    case 'ip':
      return shellLine(['ip', ...(command.scope === HOST ? [] : ['-n', command.scope]), ...command.argv]);
    case 'sysctl': {
      const enter = command.scope === HOST ? [] : ['ip', 'netns', 'exec', command.scope];
      return shellLine([...enter, 'sysctl', '-w', `${command.key.replaceAll('/', '.')}=${command.value}`]);
    }
    case 'nft':
      return `${inside(command.scope)}nft -j -f - <<< ${quote(JSON.stringify({ nftables: command.elements }))}`;
    case 'write':
    case 'place':
      return `write ${command.path}`;
    case 'unlink':
      return shellLine(['rm', '-f', command.path]);
    case 'sandbox':
      return `name the network namespace of ${command.container} ${command.scope}`;
    case 'hosts':
      return `write names into the hosts file of ${command.container}`;
    case 'daemon':
      return [
        command.content === '' ? 'remove daemon.json' : 'write daemon.json',
        ...{ restart: ['restart Docker'], reread: ['have Docker read it anew'], noted: [] }[command.how],
      ].join(', ');
    case 'stop':
      return `end every process in ${command.scope}`;
    case 'start':
      return shellLine(['ip', 'netns', 'exec', command.scope, ...command.argv, '&']);
    case 'lease':
      return shellLine(['ip', 'netns', 'exec', command.scope, command.client, ...command.options, command.dev, '&']);
    case 'release':
      return `end the DHCP client on ${command.dev} in ${command.scope}`;
    case 'probe':
      return command.label;
    case 'run':
      return shellLine(command.argv);
  }
}

/** Words at white space; quotes and backslashes as in POSIX (2.2), nothing else is special. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  const token = /\s*((?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)/gsy;
  let end = 0;
  for (let found = token.exec(line); found; found = token.exec(line)) {
    words.push(found[1]!.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, unquote));
    end = token.lastIndex;
  }
  return line.slice(end).trim() === '' ? words : undefined;
}

const unquote = (_: string, single?: string, double?: string, escaped?: string): string =>
  single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '';
