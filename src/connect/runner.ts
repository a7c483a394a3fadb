/** What is said to the shell on the other side; tried in dash, bash and busybox ash, with GNU's and busybox's timeout. */

/** First characters of a mark that is the runner's own and not a script's. */
export const READY = '!ready';
export const END = '!end';
/** Says that `timeout` made no process group here, so that it could not end what a request starts: nothing was run. */
export const UNBOUND = '!unbound';

/**
 * The descriptor of the host's lock. The runner holds it, and the shell of the request under way too, so that nobody
 * else begins while that is still at work; what a request starts to outlive it must close it.
 */
export const LOCK_DESCRIPTOR = 9;

const CLOSED = `${LOCK_DESCRIPTOR}>&-`;

const mark = (nonce: string): string => `mark() { printf '\\n${nonce} %s\\n' "$1"; }`;

/**
 * The runner, sent once per session. There are two ways to bound a request: GNU's `timeout` makes a process group
 * and ends all of it; where it does not (busybox), a session of its own and a watchdog do the same, at the price
 * that what the request starts ignores SIGINT and SIGQUIT, as every asynchronous command does (POSIX, 2.11). The first
 * request tells which one it is; to ask beforehand would be two processes more on every host. A known busybox is not even
 * tried: its `timeout` would hold the lock a second longer.
 */
export const preamble = (nonce: string): string => `{
set -u
export NETWRIGHT_UMASK=$(umask)
umask 077
trap : PIPE
LC_ALL=C
for directory in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
  case ":\${PATH-}:" in
    *":$directory:"*) ;;
    *) PATH=\${PATH:+$PATH:}$directory ;;
  esac
done
export LC_ALL PATH
unset LANGUAGE CDPATH ENV BASH_ENV
${mark(nonce)}
read -r _ _ _ _ group _ </proc/self/stat || group=
case $(command -v timeout) in
  /*) ! [ "$(command -v timeout)" -ef "$(command -v busybox)" ] ;;
  *) false ;;
esac || timeout() { sh -s "$group"; }
watched() {
  { setsid sh <&3 3<&- & } 3<&0
  work=$!
  setsid sh -c 'sleep "$1"; kill -s TERM -- "-$2"; sleep 2; kill -s KILL -- "-$2"' sh "$1" "$work" \\
    </dev/null >/dev/null 2>&1 ${CLOSED} &
  watch=$!
  { wait "$work"; set -- "$?"; kill -s KILL -- "-$watch" "$watch"; wait "$watch"; } 2>/dev/null
  return "$1"
}
end() { printf '\\n${nonce}${END} %s %s\\n' "$1" "$2"; }
printf '\\n${nonce}${READY}\\n'
}
`;

export interface Request {
  readonly nonce: string;
  readonly number: number;
  readonly script: string;
  readonly deadlineSeconds: number;
  /** Run by the runner itself before the script, in the same round trip; see `ownRequest`. */
  readonly first?: string | undefined;
  /** The watchdog is needed. */
  readonly watched?: boolean | undefined;
}

/**
 * One request. The outer braces keep a shell from running any of it before all of it has come; so do the inner
 * ones, which also keep the script's commands from reading the script as their input.
 */
export const request = ({ nonce, number, script, deadlineSeconds, first = '', watched }: Request): string => `{
{ :
${first}
} </dev/null
${watched === true ? `watched ${deadlineSeconds}` : `timeout -k 2 ${deadlineSeconds} sh -s "$group"`} <<'${nonce}'
set -u
${watched === true ? '' : isBound(nonce)}
${mark(nonce)}
trap '' PIPE
trap 'kill -s KILL 0' TERM
{ :
${script}
} </dev/null
${nonce}
end ${number} "$?"
}
`;

/** Its process group must be another one than the runner's, which is its only argument. */
const isBound = (nonce: string): string => `read -r _ _ _ _ own _ </proc/self/stat || own=$1
[ "$own" != "$1" ] && [ -n "$1" ] || { printf '\\n${nonce}${UNBOUND}\\n'; exit; }
set --`;

/** A request that the runner carries out itself: it may keep descriptors and variables, and nothing bounds it there. */
export const ownRequest = ({ number, script }: Omit<Request, 'deadlineSeconds' | 'first'>): string => `{
{ :
${script}
} </dev/null
end ${number} "$?"
}
`;
