import { quote, shellLine } from '../command.ts';
import { BEGAN, BOTH, ENDED } from '../task/times.ts';
import { JOBS } from '../facts/run-directory.ts';

/** In a job: what follows is not what its program prints, but why it did not run. */
export const SKIPPED = ': >"$d/skipped"';

/** Seconds between TERM and KILL, for what is still at work when its time is over. */
const GRACE_SECONDS = 2;

/**
 * Ends the job when its time is over. What became of it is a file that only one of the two can make, so the job may come
 * to its end at that very moment. A job that somebody killed leaves nothing to end.
 */
const WATCH = `d=$1 job=$2 n=$3; sleep "$n"
read -r s <"/proc/$job/stat" || exit; set -- $\{s##*) }; [ "$\{20}" = "$(cat "$d/began")" ] || exit
: >"$d/ending"; kill -s TERM -- "-$job"; sleep ${GRACE_SECONDS}; kill -s KILL -- "-$job"
echo late >"$d/late" && ln "$d/late" "$d/rc"`;

/** What the job is: a session of its own, with its program in it, and a watch beside it. */
const HEAD = `d=$1
read -r s </proc/self/stat; set -- "$2" $\{s##*) }
echo "$\{21}" >"$d/began"; echo $$ >"$d/pid"; rm -f "$d/run"
setsid sh -c ${quote(WATCH)} sh "$d" $$ "$1" </dev/null >/dev/null 2>&1 &
watch=$!
{`;

const tail = (timed: boolean): string => `
} >"$d/stdout" 2>"$d/stderr"
rc=$?${timed ? `; ${ENDED}; echo "${BOTH}" >"$d/times"` : ''}
echo $rc >"$d/own" && ln "$d/own" "$d/rc"
kill -s KILL -- "-$watch"`;

/** Results that nobody asked for stay a day. */
const START = `job() { # SECONDS SCRIPT NAME
  ${JOBS}
  find "$jobs" -name rc -mtime +0 -exec sh -c 'rm -rf "\${1%/rc}"' sh {} \\; 2>/dev/null
  read -r j </proc/sys/kernel/random/uuid; d=$jobs/$j
  mkdir -p "$d" && printf '%s\\n' "$3" >"$d/name" && printf %s "$2" >"$d/run" || return
  (trap - PIPE; exec setsid sh "$d/run" "$d" "$1") </dev/null >/dev/null 2>&1 9>&- &
  echo "$d"
}`;

/**
 * Starts a script that goes on when the request is over. Its text may hold secrets, so it is a file, which is gone as
 * soon as it is read, and no argument.
 */
export function jobStep(script: string, seconds: number, timed = false, name = ''): string {
  const whole = `${timed ? `${BEGAN}\n` : ''}${HEAD}\n${script}${tail(timed)}`;
  return `{ ${START}\njob ${shellLine([String(seconds), whole, name])}; }`;
}
