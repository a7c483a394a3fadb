import type { Command } from '../../src/command.ts';

/** What a command's step printed, on both streams. */
export interface Said {
  readonly out: string;
  readonly errors: string;
  readonly ok: boolean;
}

/** How a command is carried out so that it shows what it was given and does nothing else. */
export interface Way {
  readonly commands: readonly Command[];
  /** It cannot come to a good end here. */
  readonly fails?: true;
  /** What is not as it was given; nothing where all is. `said` is of the commands, in their order. */
  readonly differs: (said: readonly Said[]) => string | undefined;
}

/** Prints every argument that it was given. Of a program that approves of a file, `%s` would be that file. */
const PRINT = 'printf "%""s\\0" "$@"';
export const zeroed = (argv: readonly string[]): string => argv.map((arg) => `${arg}\0`).join('');

/** The programs that changes are made with, replaced: each prints what it was called with, and then its input. */
export const RECORDERS = ['ip', 'nft'];
export const recorder = `#!/bin/sh\n${PRINT}; exec cat\n`;

const INSPECTED = '/run/inspected';
/** An engine that runs every container that it is asked for. */
export const engine = `#!/bin/sh\n[ "$2" != inspect ] || { printf %s "$5" >${INSPECTED}; echo '1 "" '; }\n`;

const same = (what: string, found: unknown, wanted: unknown): string | undefined =>
  JSON.stringify(found) === JSON.stringify(wanted)
    ? undefined
    : `${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;

/** A file as it is afterwards. */
const reading = (path: string): Command => ({ do: 'run', scope: '', argv: ['cat', '--', path] });

/** What was printed behind the words that the program was called with. */
function input({ out }: Said, words: readonly string[]): string | undefined {
  const called = zeroed(words);
  return out.startsWith(called) ? out.slice(called.length) : undefined;
}

/** The way of each sort of command; of those that have none no text may be a part. */
export function wayOf(command: Command): Way {
  switch (command.do) {
    case 'ip': {
      const words = [...(command.scope === '' ? [] : ['-n', command.scope]), '-batch', '-'];
      return {
        commands: [command],
        differs: ([said]) => same('ip', input(said!, words)?.split(/\s+/), [...command.argv, '']),
      };
    }
    case 'nft':
      return {
        commands: [command],
        differs: ([said]) =>
          same('nft', JSON.parse(input(said!, ['-j', '-f', '-']) ?? 'null'), { nftables: command.elements }),
      };
    case 'sysctl':
      return {
        commands: [command, reading(`/proc/sys/${command.key}`)],
        differs: ([, read]) => same(command.key, read!.out, `${command.value}\n`),
      };
    case 'write':
      return {
        commands: [command, reading(command.path)],
        differs: ([, read]) => same(command.path, read!.out, command.content),
      };
    case 'daemon':
      return {
        commands: [command, reading('/etc/docker/daemon.json')],
        differs: ([, read]) => same('daemon.json', read!.out, command.content),
      };
    case 'place':
      return placing(command);
    case 'sandbox':
      return {
        commands: [{ ...command, scope: 'sandbox', startedAt: undefined }, reading(INSPECTED)],
        differs: ([, read]) => same('container', read!.out, command.container),
      };
    case 'lease': {
      const { client, options, dev } = command;
      // No client runs, so the step fails, and shows the end of what was to be one.
      const words = zeroed([...options, ...(client === 'udhcpc' ? [] : [dev])]);
      const end = words.split('\n').slice(-3).join('\n');
      return {
        commands: [{ ...command, seconds: 1 }],
        fails: true,
        differs: ([said]) => (said!.out.includes(end) ? undefined : same('client', said!.out, end)),
      };
    }
    default:
      throw new Error(`nobody can see what becomes of ${command.do}`);
  }
}

function placing(command: Extract<Command, { do: 'place' }>): Way {
  const { path, content, owner = '', group = '', validate } = command;
  const approve = validate && ['sh', '-c', PRINT, 'record', ...validate];
  const owned: Command = { do: 'run', scope: '', argv: ['stat', '-c', '%U %u %G %g', '--', path] };
  return {
    commands: [{ ...command, validate: approve }, reading(path), owned],
    differs([placed, read, stat]) {
      const [user, uid, group_, gid] = stat!.out.trim().split(' ');
      const file = /\0([^\0]*\.[0-9a-f-]{36})\0/.exec(`\0${placed!.errors}`)?.[1] ?? '';
      return (
        same(path, read!.out, Buffer.from(content, 'base64').toString()) ??
        (['', user, uid].includes(owner) ? undefined : `${path} belongs to ${user}, not ${owner}`) ??
        (['', group_, gid].includes(group) ? undefined : `${path} belongs to the group ${group_}, not ${group}`) ??
        (validate && same('approval', placed!.errors, zeroed(validate.map((word) => word.replaceAll('%s', file)))))
      );
    },
  };
}

/** Names that have to be of users and of groups on the host. */
export const ownersOf = (commands: readonly Command[]): string[] =>
  commands.flatMap((command) => (command.do === 'place' ? [command.owner ?? [], command.group ?? []].flat() : []));
