import { batchLine, quote, shellLine, type Command, type Scope } from '../command.ts';
import { LEDGER_DIRECTORY } from '../facts/ledger.ts';
import { RUN_DIRECTORY } from '../facts/run-directory.ts';
import { daemonStep } from './daemon.ts';
import { ENGINES } from './engines.ts';
import { FILL, fillsLast, fillStep, isFill } from './fill.ts';
import { PLACE, placeProgram, placeStep } from './place.ts';
import { caught, program } from './program.ts';
import { LEASE, leaseStep, releaseStep } from './lease.ts';
import type { Numbered } from './schedule.ts';
import { UNFINISHED } from './tidy.ts';

/** Shell functions that the steps use; the runner's `mark` is there already. */
export const FUNCTIONS = String.raw`
stop=0
put() { # PATH MODE BYTES CONTENT: whole or not at all, and on the disk
  [ ! -d "$1" ] || { echo "$1: is a directory"; return 1; }
  d=\${1%/*}/; [ -d "$d" ] && made= || made=$d
  read -r t </proc/sys/kernel/random/uuid; t=$1.$t
  # Before there is anything: who comes after one that was killed in here removes it. See TIDY.
  { [ -d ${LEDGER_DIRECTORY} ] || mkdir -p -m 700 ${LEDGER_DIRECTORY}; } && printf '%s\n' "$t" "$made" >${UNFINISHED} ||
    { rm -f ${UNFINISHED}; echo "${UNFINISHED} cannot be written"; return 1; }
  { [ -z "$made" ] || mkdir -p "$d"; } && (set -C; printf %s "$4" >"$t") && [ "$(wc -c <"$t")" -eq "$3" ] &&
    { [ "$2" = 0600 ] || chmod "$2" "$t"; } && sync "$t" && mv "$t" "$1" && sync "$d" ||
    { rm -f "$t" ${UNFINISHED}; echo "$1 cannot be written"; return 1; }
  rm -f ${UNFINISHED}
}
${FILL}
${PLACE}
endall() { # NAMESPACE
  for s in TERM KILL; do
    # Where somebody deleted the namespace, its program goes on in one without a name.
    p=$(ip netns pids "$1" 2>/dev/null); ! holds "${RUN_DIRECTORY}/$1" || p="$p $pid -$pid"
    [ -n "$p" ] || break
    kill -s $s -- $p 2>/dev/null
    n=0; while [ $n -lt 20 ] && { [ -n "$(ip netns pids "$1" 2>/dev/null)" ] || holds "${RUN_DIRECTORY}/$1"; }; do n=$((n + 1)); sleep 0.05; done
  done
  rm -f "${RUN_DIRECTORY}/$1.process" "${RUN_DIRECTORY}/$1.log" "${RUN_DIRECTORY}/$1".*.process "${RUN_DIRECTORY}/$1".*.lease "${RUN_DIRECTORY}/$1".*.log
}
${ENGINES}
begun() { # Whether what became of $pid is the program itself in $ns, or nothing any more
  read -r stat <"/proc/$pid/stat" || return 0
  case \${stat##*) } in Z*) return 0 ;; esac
  [ "/proc/$pid/ns/net" -ef "/run/netns/$ns" ] && read -r comm <"/proc/$pid/comm" || return 1
  case $comm in ip | unshare) return 1 ;; esac
}
begin() { # NAME NAMESPACE DIGEST HOSTNAME ARGV...: what is known of it is under its name
  name=$1 ns=$2 digest=$3 host=$4; shift 4
  mkdir -p -m 700 ${RUN_DIRECTORY}
  if [ -n "$host" ]; then set -- unshare --uts sh -c 'hostname "$0"; exec "$@"' "$host" "$@"; fi
  # What outlives us gets the signals back that the runner ignores.
  # It is written down before it runs, by the process that becomes it: who is killed in here leaves nothing unknown.
  (trap - PIPE; read -r stat </proc/self/stat
  echo "\${stat%% *} $(twentieth \${stat##*) }) $digest" >"${RUN_DIRECTORY}/$name.process"
  # What we write is for nobody else; what it writes is as the host has it.
  umask "\${NETWRIGHT_UMASK-022}"; unset NETWRIGHT_UMASK
  exec setsid ip netns exec "$ns" "$@") </dev/null >"${RUN_DIRECTORY}/$name.log" 2>&1 9>&- &
  pid=$! n=0
  until begun || [ $n -eq 100 ]; do n=$((n + 1)); sleep 0.05; done 2>/dev/null
  sleep 0.1
  stat=$(cat "/proc/$pid/stat" 2>/dev/null) || { tail -n 3 "${RUN_DIRECTORY}/$name.log"; return 1; }
  set -- \${stat##*) }
  case $1 in Z) tail -n 3 "${RUN_DIRECTORY}/$name.log"; return 1 ;; esac
}
${LEASE}
twentieth() { echo "\${20}"; }
probe() { # ID NAMESPACE SECONDS TARGET PORT
  in="nsenter --net=/run/netns/$2"; [ -n "$2" ] || in=
  # That nobody could ask is no answer of either sort.
  if [ -z "$4" ]; then printf '%s 2 no address is known\n' "$1"; return; fi
  if [ -n "$2" ] && [ ! -e "/run/netns/$2" ]; then printf '%s 2 there is no namespace %s\n' "$1" "$2"; return; fi
  if [ -z "$5" ] && ! command -v ping >/dev/null 2>&1; then printf '%s 2 there is no ping\n' "$1"; return; fi
  read -r up _ </proc/uptime; end=$((\${up%.*}\${up#*.} + $3 * 100))
  while :; do
    if [ -z "$5" ]; then
      if o=$($in ping -n -c 1 -W 1 "$4" 2>&1); then o=\${o##*time=}; break; fi
    elif command -v bash >/dev/null 2>&1; then
      if $in timeout 1 bash -c ': </dev/tcp/$0/$1' "$4" "$5" 2>/dev/null; then o=; break; fi
    elif $in nc -z -w 1 "$4" "$5" 2>/dev/null; then o=; break; fi
    read -r up _ </proc/uptime; [ "\${up%.*}\${up#*.}" -lt "$end" ] || { printf '%s 1 \n' "$1"; return; }
    sleep 0.3
  done
  printf '%s 0 %s\n' "$1" "\${o%% *}"
}
`
  .replaceAll('\\$', '$')
  .replaceAll('${RUN_DIRECTORY}', RUN_DIRECTORY);

/** One thing that the script does and reports as a whole. */
export interface Step {
  readonly id: number;
  readonly commands: readonly Numbered[];
  readonly text: string;
}

/** Merges neighbours of one sort, which one process can do. */
export function hostSteps(commands: readonly Numbered[], nextId: () => number): Step[] {
  const steps: Step[] = [];
  let run: Numbered[] = [];
  const flush = (): void => {
    if (run.length > 0) steps.push(step(nextId(), run));
    run = [];
  };
  for (const numbered of fillsLast(commands)) {
    const first = run[0];
    if (first && !mergeable(first.command, numbered.command)) flush();
    run.push(numbered);
  }
  flush();
  return steps;
}

const mergeable = (a: Command, b: Command): boolean =>
  (isFill(a) && isFill(b) && a.mode === b.mode) ||
  (a.do === b.do &&
    ['ip', 'nft', 'probe', 'sysctl'].includes(a.do) &&
    (a.do !== 'ip' || b.do !== 'ip' || a.scope === b.scope) &&
    (a.do !== 'sysctl' || b.do !== 'sysctl' || a.scope === b.scope) &&
    (a.do !== 'nft' || b.do !== 'nft' || a.scope === b.scope));

function step(id: number, commands: readonly Numbered[]): Step {
  const { command } = commands[0]!;
  switch (command.do) {
    case 'write':
      return { id, commands, text: isFill(command) ? fillStep(commands) : single(command) };
    case 'ip':
      return {
        id,
        commands,
        text: batch(`ip ${command.scope === '' ? '' : `-n ${quote(command.scope)} `}-batch -`, commands),
      };
    case 'sysctl':
      return { id, commands, text: inNamespace(command.scope, sysctlLines(commands, 0)) };
    case 'nft': {
      const elements = commands.flatMap((one) => (one.command.do === 'nft' ? one.command.elements : []));
      const enter = command.scope === '' ? '' : `nsenter ${quote(`--net=/run/netns/${command.scope}`)} `;
      return {
        id,
        commands,
        text: `printf %s ${quote(JSON.stringify({ nftables: elements }))} | ${enter}nft -j -f - 2>&1`,
      };
    }
    case 'probe':
      return { id, commands, text: probes(commands) };
    default:
      return { id, commands, text: single(command) };
  }
}

function single(command: Command): string {
  switch (command.do) {
    case 'write': {
      const { path, mode, content } = command;
      return `put ${shellLine([path, mode, `${Buffer.byteLength(content)}`, content])} 2>&1`;
    }
    case 'unlink': {
      const directory = quote(command.path.slice(0, command.path.lastIndexOf('/') + 1));
      const parent = command.parent === true ? ` && { rmdir ${directory} 2>/dev/null; true; }` : '';
      return `{ rm -f ${quote(command.path)} 2>&1${parent}; }`;
    }
    case 'stop':
      return `endall ${quote(command.scope)} 2>&1`;
    case 'start':
      return `begin ${shellLine([command.scope, command.scope, command.digest, command.hostname ?? '', ...command.argv])} 2>&1`;
    case 'lease':
      return leaseStep(command);
    case 'release':
      return releaseStep(command.scope, command.dev);
    case 'sandbox': {
      const { scope, runtime, container, startedAt = '' } = command;
      return `sandbox ${shellLine([scope, runtime, container, startedAt])} 2>&1`;
    }
    case 'hosts':
      return `hosts ${shellLine([command.runtime, command.container, command.begin, command.end, command.text])} 2>&1`;
    case 'daemon':
      return daemonStep(command);
    case 'place':
      return command.user === undefined ? caught(placeStep(command)) : program(placeProgram(command));
    case 'run':
      return program(command);
    default:
      throw new TypeError(`no step for ${command.do}`);
  }
}

/** A heredoc's body begins on the next line, so `after` goes before it. */
const batch = (command: string, commands: readonly Numbered[], after = ''): string => {
  const lines = commands.map(({ command: one }) => (one.do === 'ip' ? batchLine(one.argv) : ''));
  return `${command} 2>&1 <<'Q'${after}\n${lines.join('\n')}\nQ`;
};

/** Writes one after another; the one that fails tells its place, counted from `first`. */
const sysctlLines = (commands: readonly Numbered[], first: number): string =>
  commands
    .map(({ command }, index) => {
      if (command.do !== 'sysctl') throw new TypeError(`no kernel parameter: ${command.do}`);
      const path = quote(`/proc/sys/${command.key}`);
      return `{ printf '%s\\n' ${quote(command.value)} >${path} || ! echo "@${first + index}"; }`;
    })
    .join(' && ');

const inNamespace = (scope: Scope, script: string): string =>
  scope === '' ? `{ ${script}; } 2>&1` : `nsenter ${quote(`--net=/run/netns/${scope}`)} sh -c ${quote(script)} 2>&1`;

/** Keys that belong to no interface can be written before the links are there, so one process does it all. */
const early = (command: Command): boolean =>
  command.do === 'sysctl' && !/\/(conf|neigh)\/(?!all\/|default\/)/.test(command.key);

/** Brings them to the front, but never past another kernel parameter. */
function earlyFirst(commands: readonly Numbered[]): readonly Numbered[] {
  const late = commands.findIndex(({ command }) => command.do === 'sysctl' && !early(command));
  const movable = commands.filter(({ command }, index) => early(command) && (late === -1 || index < late));
  return [...movable, ...commands.filter((one) => !movable.includes(one))];
}

/** Everything that one namespace gets in one stage: at most one shell and one `ip` where the order allows it. */
export function namespaceStep(id: number, scope: Scope, unordered: readonly Numbered[]): Step {
  const commands = earlyFirst(unordered);
  if (commands.every(({ command }) => command.do === 'ip')) return step(id, commands);
  const parts: Numbered[][] = [];
  for (const numbered of commands) {
    const last = parts.at(-1);
    if (last?.[0]?.command.do === numbered.command.do) last.push(numbered);
    else parts.push([numbered]);
  }
  let first = 0;
  const script = parts.map((part) => {
    const from = first;
    first += part.length;
    // `ip` itself tells which of its lines failed.
    return part[0]!.command.do === 'ip'
      ? batch('ip -batch -', part, ` || { rc=$?; echo "@${from}"; exit $rc; }`)
      : `{ ${sysctlLines(part, from)}; } || exit`;
  });
  return { id, commands, text: inNamespace(scope, script.join('\n')) };
}

/** At most this many probes at a time. */
const SIDE_BY_SIDE = 32;

function probes(commands: readonly Numbered[]): string {
  const lines = commands.map(({ command }, index) => {
    if (command.do !== 'probe') return '';
    const port = command.port === undefined ? '' : `${command.port}`;
    return `probe ${shellLine([`${index}`, command.scope, `${command.seconds}`, command.target, port])} & all="$all $!"`;
  });
  const rounds = lines.flatMap((line, index) =>
    (index + 1) % SIDE_BY_SIDE === 0 ? [line, 'wait $all; all='] : [line],
  );
  return `{ all=\n${rounds.join('\n')}\n[ -z "$all" ] || wait $all; }`;
}
