import { posix } from 'node:path';
import { readResults, renderApply, type Numbered } from '../../src/apply.ts';
import { shellLine, type Command } from '../../src/command.ts';
import type { Session } from '../../src/connect.ts';
import { lookKey, lookScript, parseLooks, type Look, type Seen } from '../../src/files.ts';
import type { Outcome } from '../../src/task.ts';
import type { RigHost } from '../net/rig.ts';
import { PLACE } from './leaves.ts';
import { engine, ownersOf, RECORDERS, recorder, wayOf, zeroed, type Said } from './ways.ts';

type Run = Extract<Command, { do: 'run' }>;

/** One text at one leaf, and the commands that its playbook comes to. */
export interface Delivered {
  readonly leaf: string;
  readonly text: string;
  readonly commands: readonly Command[];
  readonly looks: readonly Look[];
}

/** How many texts came through unchanged, by leaf. */
export type Came = Map<string, Set<string>>;

const count = (came: Came, { leaf, text }: Delivered): void => {
  came.set(leaf, (came.get(leaf) ?? new Set()).add(text));
};

/** Prints every argument that it was given, and then its input; nothing else happens. */
const RECORD = 'printf "%s\\0" "$@"; exec cat';

/** The program of a command replaced by one that says what it was called with. */
function recorded({ argv, stdin, cwd, unless, onlyIf }: Run): Run {
  return {
    do: 'run',
    scope: '',
    // With the directory that it was told to work in.
    argv: ['sh', '-c', cwd === undefined ? RECORD : `stat -c %i .; ${RECORD}`, 'record', ...argv],
    ...(stdin === undefined ? {} : { stdin }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(unless === undefined ? {} : { unless }),
    ...(onlyIf === undefined ? {} : { onlyIf }),
  };
}

/** For each path `kind inode`, as somebody sees it who has no part in all this; `none 0` where there is nothing. */
async function seen(host: RigHost, paths: readonly string[]): Promise<string[]> {
  const script = 'for path do stat -L -c "%F %i" -- "$path" 2>/dev/null || echo none 0; done';
  const { stdout } = await host.exec(['sh', '-c', script, 'seen', ...paths]);
  return stdout.split('\n').slice(0, -1);
}

/** What the steps of a script printed, one for each command, and what became of programs. */
async function performed(session: Session, commands: readonly Command[]) {
  const numbered = commands.map((command, id): Numbered => ({ id, command }));
  const { text: script, steps } = renderApply(numbered, {}, '', [], true);
  const { list } = await session.exchange(script, { deadlineSeconds: 300 });
  const { outcomes, byCommand } = readResults(steps, list);
  const said = new Map<number, Said>();
  for (const [at, { name, text }] of list.entries()) {
    const [, step] = /^step (\d+)$/.exec(name) ?? [];
    const errors = list[at + 1]?.name === 'stderr' ? list[at + 1]!.text : '';
    const [id] = steps.find((one) => one.id === Number(step))?.commands.map((one) => one.id) ?? [];
    if (id !== undefined) said.set(id, { out: text, errors, ok: byCommand.get(id) === 'done' });
  }
  return { outcomes, said };
}

/** Texts that become arguments, input, directories or files of programs; what did not come through is an error. */
export async function deliverPrograms(host: RigHost, session: Session, all: readonly Delivered[], came: Came) {
  const runs = all.flatMap((one) =>
    one.commands.flatMap((command) =>
      command.do === 'run' ? [{ one, command: recorded(command), command_: command }] : [],
    ),
  );
  // Some of the directories to work in, and some of the files that keep a program from running.
  const places = runs.flatMap(({ command: { cwd, unless } }) => [cwd ?? [], unless ?? []].flat());
  await host.exec(['mkdir', '-p', '--', ...places]);
  const paths = [
    ...new Set(runs.flatMap(({ command: { cwd = '/', unless = '/', onlyIf = '/' } }) => [cwd, unless, onlyIf])),
  ];
  const found = await seen(host, paths);
  const at = (path: string): string => found[paths.indexOf(path)]!;

  const { outcomes } = await performed(
    session,
    runs.map(({ command }) => command),
  );
  for (const [
    id,
    {
      one,
      command,
      command_: { argv },
    },
  ] of runs.entries()) {
    const { unless, onlyIf, cwd = '/', stdin = '' } = command;
    const outcome = outcomes.get(id);
    const [kind, inode] = at(cwd).split(/ (?=[0-9]+$)/);
    const wanted: Partial<Outcome> =
      unless !== undefined && at(unless) !== 'none 0'
        ? { skipped: `${unless} exists` }
        : onlyIf !== undefined && at(onlyIf) === 'none 0'
          ? { skipped: `${onlyIf} does not exist` }
          : { rc: 0, stdout: `${command.cwd === undefined ? '' : `${inode}\n`}${zeroed(argv)}${stdin}` };
    // A directory that is none is nothing to work in, whatever its name.
    if (command.cwd !== undefined && kind !== 'directory' && wanted.skipped === undefined) {
      if (outcome?.rc === 0) throw new Error(`${one.leaf}: worked in ${JSON.stringify(cwd)}, which is ${kind}`);
      continue;
    }
    const got = outcome && { skipped: outcome.skipped, rc: outcome.rc, stdout: outcome.stdout };
    for (const [key, value] of Object.entries(wanted)) {
      const is = got?.[key as keyof typeof got];
      if (is !== value) throw changed(one, `${key} is ${JSON.stringify(is)}, not ${JSON.stringify(value)}`);
    }
    count(came, one);
  }
}

const changed = ({ leaf, text }: Delivered, why: string): Error =>
  new Error(`${leaf}: ${JSON.stringify(text)}: ${why}`);

/** Texts in what tasks look at: there is such a file, and it is the one that they see. */
export async function deliverLooks(host: RigHost, session: Session, all: readonly Delivered[], came: Came) {
  const looks = [...new Map(all.flatMap((one) => one.looks).map((look) => [lookKey(look), look])).values()];
  const paths = [...new Set(looks.flatMap((look) => (look.look === 'file' ? [look.path] : [])))];
  const services = looks.flatMap((look) => (look.look === 'service' ? [look.name] : []));
  // Deep ones first, so that what stands above them is a directory.
  const deepFirst = paths.toSorted((a, b) => b.split('/').length - a.split('/').length);
  await host.exec(['sh', '-c', 'for p do mkdir -p -- "${p%/*}"; [ -e "$p" ] || : >"$p"; done', 'make', ...deepFirst]);
  const run = '#!/bin/sh\nexit 0\n';
  await host.exec([
    'sh',
    '-c',
    'for s do printf %s "$0" >"/etc/init.d/$s"; chmod 755 "/etc/init.d/$s"; done',
    run,
    ...services,
  ]);
  const found = await seen(host, paths);
  const sight: Seen = { files: new Map(), packages: new Map(), services: new Map(), unseen: new Map() };
  const { list } = await session.exchange(lookScript(looks), { deadlineSeconds: 300 });
  if (!parseLooks(looks, list, sight)) throw new Error('the look was cut short');
  const wrong = (look: Look): string | undefined => {
    if (look.look === 'file') {
      const [, inode] = found[paths.indexOf(look.path)]!.split(/ (?=[0-9]+$)/);
      const is = sight.files.get(look.path)?.inode?.split(':')[1] ?? '0';
      return is === inode ? undefined : `the inode of ${look.path} is ${is}, not ${inode}`;
    }
    if (look.look === 'service')
      return sight.services.get(look.name)?.running ? undefined : `${look.name} does not run`;
    // Of names that nobody has nothing is known; that there was an answer is all.
    return sight.packages.get(lookKey(look))?.manager === 'apt-get' ? undefined : 'no answer about packages';
  };
  await host.exec(['sh', '-c', 'for p do [ -d "$p" ] || [ -s "$p" ] || rm -f -- "$p"; done', 'away', ...paths]);
  for (const one of all) {
    for (const look of one.looks) {
      const why = wrong(look);
      if (why !== undefined) throw changed(one, why);
      count(came, one);
    }
  }
}

let places = 0;

/** Files of different cases, of which one may be the directory of another, each in a place of its own. */
const apart = (command: Command): Command =>
  command.do === 'place' && !command.path.startsWith(PLACE) ? { ...command, path: `/run/placed/${++places}` } : command;

/** Texts that become words of `ip`, rules, parameters of the kernel, or what is in files, or their names. */
export async function deliverChanges(host: RigHost, session: Session, all: readonly Delivered[], came: Came) {
  const done = all
    .flatMap((one) =>
      one.commands.flatMap((command) =>
        ['run', 'start'].includes(command.do) ? [] : [{ one, command: apart(command) }],
      ),
    )
    .map((each) => ({ ...each, way: wayOf(each.command) }));
  const commands = done.map(({ command }) => command);
  const inside = commands.flatMap((one) => ('scope' in one && one.do !== 'sandbox' ? [one.scope] : []));
  const scopes = [...new Set(inside)].filter((scope) => scope !== '');
  const keys = commands.flatMap((one) => (one.do === 'sysctl' ? [posix.dirname(`/proc/sys/${one.key}`)] : []));
  const paths = commands.flatMap((one) => (one.do === 'place' ? [one.path] : []));
  const owners = [...new Set(ownersOf(commands))].filter((name) => !/^\d*$/.test(name) && name !== 'root');
  await host.sh(`
    for scope in ${shellLine(scopes)}; do ip netns add "$scope"; done
    mount -t tmpfs net /proc/sys/net; mkdir -p ${shellLine(['/proc/sys/net', ...keys])}
    mkdir -p ${shellLine(['/etc', ...paths.map((path) => posix.dirname(path))])}
    ${owners.map((name, index) => `echo '${name}:x:${3000 + index}:${3000 + index}::/:/bin/sh' >>/etc/passwd; echo '${name}:x:${3000 + index}:' >>/etc/group`).join('\n')}
    mkdir -p -m 700 /run/netwright; printf 'true\\0' >/run/netwright/dockerd.argv
    for name in ${RECORDERS.join(' ')}; do for d in /usr/local/sbin /usr/local/bin; do
      printf '%s' ${shellLine([recorder])} >$d/$name; chmod 755 $d/$name
    done; done
    for name in docker podman; do printf '%s' ${shellLine([engine])} >/usr/local/bin/$name; chmod 755 /usr/local/bin/$name; done`);
  const found = await seen(host, paths);
  const { said } = await performed(
    session,
    done.flatMap(({ way }) => way.commands),
  );
  let first = 0;
  for (const { one, command, way } of done) {
    const own = way.commands.map((_, index) => said.get(first + index)!);
    first += way.commands.length;
    // What is a directory cannot be written over.
    if (command.do === 'place' && found[paths.indexOf(command.path)]!.startsWith('directory')) {
      if (own[0]!.ok) throw changed(one, 'written over a directory');
      continue;
    }
    const why = way.fails || own.every(({ ok }) => ok) ? way.differs(own) : `failed: ${JSON.stringify(own)}`;
    if (why !== undefined) throw changed(one, why);
    count(came, one);
  }
}

/** The same for programs that are started and left alone: all of those with one host name as one. */
export async function deliverStarted(session: Session, all: readonly Delivered[], came: Came) {
  const started = all.flatMap((one) =>
    one.commands.flatMap((command) => (command.do === 'start' ? [{ one, command }] : [])),
  );
  const names = [...new Set(started.map(({ command }) => command.hostname))];
  for (const hostname of names) {
    const own = started.filter(({ command }) => command.hostname === hostname);
    const argv = own.flatMap(({ command }) => command.argv);
    const program = ['sh', '-c', '{ hostname; printf "%s\\0" "$@"; } >/run/started; exec sleep 1000', 'sh', ...argv];
    const { outcomes } = await performed(session, [
      { do: 'run', scope: '', argv: ['ip', 'netns', 'add', 'started'] },
      { do: 'start', scope: 'started', argv: program, digest: 'd', hostname },
      { do: 'run', scope: '', argv: ['cat', '/run/started'] },
      { do: 'stop', scope: 'started' },
      { do: 'run', scope: '', argv: ['ip', 'netns', 'del', 'started'] },
    ]);
    const [, name, rest] = /^(.*)\n([^]*)$/.exec(outcomes.get(2)?.stdout ?? '') ?? [];
    if ((hostname !== undefined && name !== hostname) || rest !== zeroed(argv))
      throw new Error(`started with ${JSON.stringify(outcomes.get(2))}`);
    for (const { one } of own) count(came, one);
  }
}
