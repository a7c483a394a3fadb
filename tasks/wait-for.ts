import { defineTask, type Outcome } from '../src/task.ts';
import { container, toContainer } from './options.ts';
import { run } from './program.ts';
import { pattern } from './python.ts';

/** Asks again and again until it is so, or the time is over; the last line says how long it took. */
const WAIT = `
host=$1 port=$2 path=$3 state=$4 timeout=$5 delay=$6 sleep=$7 connect=$8 regex=$9
[ "$delay" = 0 ] || sleep "$delay"
open() {
  if command -v bash >/dev/null 2>&1; then timeout "$connect" bash -c ': </dev/tcp/$0/$1' "$host" "$port" 2>/dev/null
  else nc -z -w "$connect" "$host" "$port" 2>/dev/null; fi
}
said() { # What a file holds that matches; Python's rules are Perl's.
  grep -aPzo -e "(?m)$regex" "$1" | tr '\\0' '\\n'
}
answers() {
  f=$(mktemp) || exit
  if command -v bash >/dev/null 2>&1; then timeout "$connect" bash -c 'exec cat 0<>/dev/tcp/$0/$1' "$host" "$port" >"$f" 2>/dev/null &
  else timeout "$connect" nc "$host" "$port" </dev/null >"$f" 2>/dev/null & fi
  until found=$(said "$f") && [ -n "$found" ]; do kill -0 $! 2>/dev/null || break; sleep 0.1; done
  kill $! 2>/dev/null; found=$(said "$f"); rm -f "$f"
  [ -n "$found" ]
}
[ -z "$regex" ] || echo x | grep -qP x 2>/dev/null || { echo 'search_regex needs a grep that knows -P' >&2; exit 1; }
there() {
  if [ -n "$port" ] && [ -n "$regex" ]; then answers
  elif [ -n "$path" ] && [ -n "$regex" ]; then found=$(said "$path" 2>/dev/null) && [ -n "$found" ]
  elif [ -n "$port" ]; then open; elif [ -n "$path" ]; then [ -e "$path" ]; else [ "$timeout" = 0 ]; fi
}
now() { read -r up _ </proc/uptime; echo "\${up%.*}"; }
begun=$(now)
while :; do
  if there; then is=1; else is=0; fi
  elapsed=$(($(now) - begun))
  case $state$is in started1 | present1 | stopped0 | absent0) echo "$elapsed"; [ -z "$regex" ] || echo "$found"; exit 0 ;; esac
  [ "$elapsed" -lt "$timeout" ] || { echo "$elapsed"; exit 9; }
  sleep "$sleep"
done`;

const TIMED_OUT = 9;

const seconds = (description: string, value: number) =>
  ({ type: 'integer', minimum: 0, maximum: 86_400, default: value, description }) as const;

export const waitFor = defineTask({
  kind: 'wait_for',
  description: 'Waits on the host until a port is open, a file is there, or neither is; without either, for some time.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ port: 80, container: 'web' }],
    properties: {
      port: { type: 'integer', minimum: 1, maximum: 65535, description: 'TCP, as seen from the host.' },
      host: {
        type: 'string',
        pattern: '^[A-Za-z0-9:][A-Za-z0-9.:_-]*$',
        maxLength: 253,
        default: '127.0.0.1',
        description: 'Where the port is.',
      },
      search_regex: {
        type: 'string',
        minLength: 1,
        maxLength: 1000,
        description: 'What the file holds, or what is said on the port when somebody connects.',
        examples: ['^SSH-2'],
      },
      path: { type: 'string', format: 'path', maxLength: 4096, description: 'A file or directory of the host.' },
      state: {
        type: 'string',
        enum: ['started', 'present', 'stopped', 'absent'],
        default: 'started',
        description: 'started and present: open, there. stopped and absent: not.',
      },
      timeout: seconds('Seconds to wait at most.', 300),
      delay: seconds('Seconds to wait before it is asked for the first time.', 0),
      sleep: { ...seconds('Seconds between two questions.', 1), minimum: 1 },
      connect_timeout: { ...seconds('Seconds for one connection.', 5), minimum: 1 },
      msg: { type: 'string', minLength: 1, maxLength: 1000, description: 'What is said when the time is over.' },
      container,
    },
  },
  references: ({ container: where }) => toContainer(where),
  check: ({ port, path, search_regex: regex, state }) => [
    ...(port !== undefined && path !== undefined
      ? [{ path: ['path'], code: 'CONFLICT', message: 'wait_for: either a port or a path', hint: 'make it two tasks' }]
      : []),
    ...(regex !== undefined && pattern(regex) === undefined
      ? [{ path: ['search_regex'], code: 'BAD_FORMAT', message: 'wait_for.search_regex: is no regular expression' }]
      : []),
    ...(regex !== undefined && ((port ?? path) === undefined || ['stopped', 'absent'].includes(state))
      ? [
          {
            path: ['search_regex'],
            code: 'CONFLICT',
            message: 'wait_for.search_regex: is for a port or path that is to be there',
          },
        ]
      : []),
  ],
  seconds: ({ timeout, delay, connect_timeout }) => timeout + delay + connect_timeout + 10,
  commands(args, context) {
    const { host, port, path, state, timeout, delay, sleep, connect_timeout: connect, container: where } = args;
    const { search_regex: regex = '' } = args;
    const words = [host, port ?? '', path ?? '', state, timeout, delay, sleep, connect, regex].map(String);
    return [run(['sh', '-c', WAIT, 'sh', ...words], { container: where }, context)];
  },
  judge(args, _, [outcome]) {
    const { port, host, path, state, msg, timeout } = args;
    const { rc, stdout, stderr } = outcome ?? NOTHING;
    const [elapsed = '', ...found] = stdout.trim().split('\n');
    const result = { port, path, state, elapsed: Number(elapsed), ...groups(args.search_regex, found.join('\n')) };
    const where = port !== undefined ? `${host}:${port}` : (path ?? 'the time');
    const is = args.search_regex === undefined ? state : 'there';
    const what = args.search_regex === undefined ? where : `"${args.search_regex}" in ${where}`;
    if (rc === 0 || (rc === TIMED_OUT && port === undefined && path === undefined)) {
      return {
        changed: false,
        detail: port === undefined && path === undefined ? `${timeout} s` : `${what} is ${is}`,
        result,
      };
    }
    const why = rc === TIMED_OUT ? (msg ?? `${what} is not ${is} after ${timeout} seconds`) : stderr.trim();
    return { changed: false, failed: why || `exit code ${rc}`, detail: '', result };
  },
});

/** As Ansible tells what was found. */
function groups(search: string | undefined, found: string) {
  const regex = search === undefined ? undefined : pattern(search);
  if (!regex) return {};
  const match = new RegExp(regex.source, `${regex.flags.replace('m', '')}m`).exec(found);
  const all = match?.slice(1).map((one: string | undefined) => one ?? null) ?? [];
  return { search_regex: search, match_groups: all, match_groupdict: { ...match?.groups } };
}

const NOTHING: Outcome = { rc: 1, stdout: '', stderr: '' };
