import { quote } from '../command.ts';
import { RUN_DIRECTORY } from '../facts/script.ts';
import type { Section } from '../facts/parse.ts';

/** Where a host keeps what it needs to take a change back; gone with the boot, as the change is. */
const directoryOf = (id: string): string => `${RUN_DIRECTORY}/txn/${id}`;

const tokenOf = (id: string): string => `txn-${id}`;

export interface Transaction {
  /** Random hexadecimal digits. */
  readonly id: string;
  /** After so many seconds without a confirmation the host takes everything back. */
  readonly seconds: number;
  /** The script that makes the changes and looks again. */
  readonly apply: string;
  /** The script that takes them back, going on after failures. */
  readonly undo: string;
}

const MARK = (id: string): string => `mark() { printf '\\n${tokenOf(id)} %s\\n' "$1"; }`;

/**
 * Whoever creates the outcome first decides: the one who confirms, or the undo. So neither needs a lock. The undo
 * first ends the apply that may still be at work, known by process id and start time.
 */
const undoScript = ({ id, undo }: Transaction): string => `${MARK(id)}
cd ${directoryOf(id)} || exit 1
(set -C; printf 'reverted %s\\n' "\${1:-nobody confirmed it}" >outcome) 2>/dev/null || [ "\${2-}" = again ] || exit 0
if read -r pid start <applying 2>/dev/null && read -r stat <"/proc/$pid/stat"; then
  set -- \${stat##*) }
  # The apply itself comes here after a failed step; it must not end itself.
  [ "\${20}" != "$start" ] || [ "$pid" = "$PPID" ] || kill -s KILL -- "-$pid"
fi 2>/dev/null
(
${undo}
) >undone 2>&1
mv undone undo.log
`;

const write = (path: string, content: string): string =>
  `printf %s ${quote(content)} >${path} && [ "$(wc -c <${path})" -eq ${Buffer.byteLength(content)} ]`;

/** How long until the undo runs; a timer of the system where there is one, else a process of its own. */
const arm = (id: string, seconds: number): string => `
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
  ${shellWords(timerCommand(id, seconds))} && echo systemd >timer
else
  setsid sh -c 'sleep "$0"; exec sh undo.sh' ${seconds} </dev/null >/dev/null 2>&1 9>&- &
  echo $! >timer; kill -0 $!
fi`;

/** The transient timer that systemd holds, exact to a tenth of a second, on the monotonic clock. */
const timerCommand = (id: string, seconds: number): string[] => [
  'systemd-run',
  '--quiet',
  `--unit=netwright-revert-${id}`,
  `--on-active=${seconds}s`,
  '--timer-property=AccuracySec=100ms',
  '/bin/sh',
  `${directoryOf(id)}/undo.sh`,
];

const shellWords = (argv: readonly string[]): string => argv.map(quote).join(' ');

const disarm = (id: string): string => `
if [ "$(cat timer)" = systemd ]; then systemctl stop netwright-revert-${id}.timer
else kill -- "-$(cat timer)"; fi 2>/dev/null`;

/** Arms the undo and starts the changes apart from this session; what comes of them only a new connection hears. */
export function beginScript(transaction: Transaction): string {
  const { id, seconds, apply } = transaction;
  const directory = directoryOf(id);
  return `
for d in ${RUN_DIRECTORY}/txn/*; do [ ! -e "$d/outcome" ] || rm -rf "$d"; done
mkdir -p -m 700 ${directory} && cd ${directory} &&
${write('undo.sh', undoScript(transaction))} &&
${write('apply.sh', `${MARK(id)}\n${apply}`)} || { mark 'not armed'; exit 1; }
{ ${arm(id, seconds)}
} || { mark 'not armed'; exit 1; }
mark armed
# A moment later and apart from this session, so that this answer is out before the way may be cut.
setsid sh -c 'sleep 0.1; sh apply.sh >out 2>&1; rc=$?; echo $rc >rc; [ $rc = 0 ] || sh undo.sh "a step failed"' \
  </dev/null >/dev/null 2>&1 9>&- &
pid=$!
read -r stat <"/proc/$pid/stat" && set -- \${stat##*) } && echo "$pid \${20}" >applying
`;
}

/** Over a new connection: waits for the end of the changes (and says if it had to), and shows what came of them. */
export const lookScript = (id: string): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
n=0; while [ ! -e rc ] && [ ! -e outcome ] && [ $n -lt 600 ]; do n=$((n + 1)); sleep 0.1; done
[ $n = 0 ] || mark waited
mark out; cat out
mark "applied $(cat rc 2>/dev/null)"; cat outcome 2>/dev/null
`;

/** Confirms, unless the undo was first. */
export const confirmScript = (id: string): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
if (set -C; echo confirmed >outcome) 2>/dev/null; then ${disarm(id)}; fi
mark outcome; cat outcome
`;

/** Waits for the end of an undo that has begun. */
const UNDONE = `n=0; while [ -e outcome ] && [ ! -e undo.log ] && ! grep -q ^confirmed outcome && [ $n -lt 300 ]; do
  n=$((n + 1)); sleep 0.1
done`;

/** Takes everything back at once. An undo that is at work already is only waited for: it may be the timer's own. */
export const revertScript = (id: string, reason: string): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
sh undo.sh ${quote(reason)}
${UNDONE}
if [ -e undo.log ]; then ${disarm(id)}; fi
mark outcome; cat outcome
`;

/** Starts the time anew, unless it is over; an undo that begins at this very moment is done again from its beginning. */
export const extendScript = (id: string, seconds: number): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
if [ ! -e outcome ]; then
  ${disarm(id)}
  if [ -e outcome ] && [ ! -e undo.log ]; then sh undo.sh '' again
  else
    { ${arm(id, seconds)}
    } || sh undo.sh 'the time could not be extended'
  fi
fi
mark outcome; cat outcome 2>/dev/null
`;

/** Waits for the end of an undo, and says what the outcome is. */
export const outcomeScript = (id: string): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
${UNDONE}
mark outcome; cat outcome 2>/dev/null
mark undo; cat undo.log 2>/dev/null
`;

/** The transactions of a host that wait for their confirmation, one id a line. */
export const PENDING = `for d in ${RUN_DIRECTORY}/txn/*; do [ ! -d "$d" ] || [ -e "$d/outcome" ] || echo "\${d##*/}"; done`;

/** Splits what the apply script wrote into its file, as the session splits its own output. */
export function sectionsOf(id: string, text: string): Section[] {
  return `\n${text}`
    .split(`\n${tokenOf(id)} `)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { name: part.slice(0, end), text: part.slice(end + 1) };
    });
}
