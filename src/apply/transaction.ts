import { randomBytes } from 'node:crypto';
import { quote, shellLine } from '../command.ts';
import { RUN_DIRECTORY } from '../facts/run-directory.ts';
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

/** Creates the outcome whole or not at all; fails where there is one already. */
const decide = (words: string): string =>
  `{ printf '%s\\n' ${words} >"new.$$"; ln "new.$$" outcome; rc=$?; rm -f "new.$$"; [ $rc = 0 ]; } 2>/dev/null`;

/**
 * Whoever creates the outcome first decides: the one who confirms, or the undo. Several undos (the timer's, one by
 * hand) wait for each other, and one whose forerunner was ended half way begins anew. The undo first ends the apply
 * that may still be at work, known by process id and start time. With `held` as its second word it also takes back
 * what is confirmed here, as long as nobody has dropped it.
 */
const undoScript = ({ id, undo }: Transaction): string => `${MARK(id)}
cd ${directoryOf(id)} || exit 1
true >>undoing && exec 8>>undoing && flock 8
[ -e undo.sh ] && [ ! -e undo.log ] || exit 0
if ! ${decide('"reverted ${1:-nobody confirmed it}"')}; then
  read -r word rest <outcome
  if [ "$word" = confirmed ]; then
    [ "\${2-}" = held ] || exit 0
    printf '%s\\n' "reverted $1" >outcome.new && mv outcome.new outcome
  fi
fi
if read -r pid start <applying 2>/dev/null && read -r stat <"/proc/$pid/stat"; then
  set -- \${stat##*) }
  # The apply itself comes here after a failed step; it must not end itself.
  [ "\${20}" != "$start" ] || [ "$pid" = "$PPID" ] || kill -s KILL -- "-$pid"
fi 2>/dev/null
# What the undo starts anew must not keep the others waiting.
(
${undo}
) >undone 2>&1 8>&-
mv undone undo.log
`;

const write = (path: string, content: string): string =>
  `printf %s ${quote(content)} >${path} && [ "$(wc -c <${path})" -eq ${Buffer.byteLength(content)} ]`;

/** How long until the undo runs; a timer of the system where there is one, else a process of its own. */
const arm = (id: string, seconds: number): string => {
  // An extension has a timer of its own: the name of one that was stopped may not be free yet.
  const unit = `netwright-revert-${id}-${randomBytes(3).toString('hex')}`;
  return `
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1; then
  ${shellLine(timerCommand(unit, id, seconds))} && echo ${unit}.timer >timer
else
  setsid sh -c 'sleep "$0"; exec sh undo.sh' ${seconds} </dev/null >/dev/null 2>&1 9>&- &
  echo $! >timer; kill -0 $!
fi`;
};

/**
 * A transient timer of systemd's, exact to a tenth of a second, on the monotonic clock. What the undo starts anew (a
 * container's program) outlives it.
 */
const timerCommand = (unit: string, id: string, seconds: number): string[] => [
  'systemd-run',
  '--quiet',
  `--unit=${unit}`,
  `--on-active=${seconds}s`,
  '--timer-property=AccuracySec=100ms',
  '--property=KillMode=process',
  '/bin/sh',
  `${directoryOf(id)}/undo.sh`,
];

const DISARM = `
case $(cat timer) in *.timer) systemctl stop "$(cat timer)" ;; *) kill -- "-$(cat timer)" ;; esac 2>/dev/null`;

/** Arms the undo and starts the changes apart from this session; what comes of them only a new connection hears. */
export function beginScript(transaction: Transaction): string {
  const { id, seconds, apply } = transaction;
  const directory = directoryOf(id);
  const notArmed = `{ mark 'not armed'; cd / && rm -rf ${directory}; exit 1; }`;
  return `
for d in ${RUN_DIRECTORY}/txn/*; do ${waits('"$d"')} || rm -rf "$d"; done
mkdir -p -m 700 ${directory} && cd ${directory} &&
${write('undo.sh', undoScript(transaction))} &&
${write('apply.sh', `${MARK(id)}\n${apply}`)} || ${notArmed}
{ ${arm(id, seconds)}
} || ${notArmed}
mark armed
# A moment later and apart from this session, so that this answer is out before the way may be cut.
setsid sh -c 'sleep 0.1; sh apply.sh >out 2>errors; rc=$?; echo $rc >rc; [ $rc = 0 ] || sh undo.sh "a step failed"' \
  </dev/null >/dev/null 2>&1 9>&- &
pid=$!
read -r stat <"/proc/$pid/stat" && set -- \${stat##*) } && echo "$pid \${20}" >applying
`;
}

/** Waits for the end of the changes, and shows what came of them. */
export const lookScript = (id: string): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
n=0; while [ ! -e rc ] && [ ! -e outcome ] && [ $n -lt 600 ]; do n=$((n + 1)); sleep 0.1; done
mark out; cat out
mark "applied $(cat rc 2>/dev/null)"; cat outcome 2>/dev/null
`;

/** From then on there is no way back; only of what is confirmed. */
const DROP = '(exec 8>>undoing; flock 8; ! grep -qs ^confirmed outcome || rm -f undo.sh)';

/** Confirms, unless the undo was first: its time is stopped, and the undo stays until it is dropped. */
export const confirmScript = (id: string, drop: boolean): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
if ${decide('confirmed')}; then ${DISARM}; fi
${drop ? DROP : ''}
mark outcome; cat outcome
`;

/** Takes the way back away, once all that belongs together is confirmed. */
export const dropScript = (id: string): string => `
cd ${directoryOf(id)} 2>/dev/null || exit 0
${DROP}
`;

/** Takes everything back at once, also what is confirmed here but nowhere dropped. */
export const revertScript = (id: string, reason: string): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
[ ! -e undo.sh ] || sh undo.sh ${quote(reason)} held
if [ -e undo.log ]; then ${DISARM}; fi
mark outcome; cat outcome
`;

/** Starts the time anew, unless it is over. */
export const extendScript = (id: string, seconds: number): string => `
cd ${directoryOf(id)} 2>/dev/null || { mark 'no transaction'; exit 0; }
if [ ! -e outcome ]; then
  ${DISARM}
  # An undo that began at this very moment was ended with its timer.
  if [ -e outcome ]; then sh undo.sh
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
n=0; while [ -e outcome ] && [ ! -e undo.log ] && ! grep -q ^confirmed outcome && [ $n -lt 300 ]; do
  n=$((n + 1)); sleep 0.1
done
mark outcome; cat outcome 2>/dev/null
mark undo; cat undo.log 2>/dev/null
`;

/** A shell condition: what may still be taken back waits for a decision. */
const waits = (directory: string): string => `{ [ -e ${directory}/undo.sh ] && [ ! -e ${directory}/undo.log ]; }`;

/** The transactions of a host that wait for a decision, one id a line. */
export const PENDING = `for d in ${RUN_DIRECTORY}/txn/*; do ! ${waits('"$d"')} || echo "\${d##*/}"; done`;

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
