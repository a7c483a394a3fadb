import { JOBS } from '../src/gather.ts';
import { defineTask, type Judgement, type Outcome } from '../src/task.ts';
import { byExitCode } from '../src/task/exit-code.ts';
import { readTimes } from '../src/task/times.ts';

/** What became of it and where that stands, in a line; when it ran, and what was run, in two more; then what it printed. */
const ASK = `
${JOBS}
d=$jobs/$1
alive() { read -r pid <"$d/pid" && read -r began <"$d/began" && read -r s <"/proc/$pid/stat" && set -- \${s##*) } && [ "$1" != Z ] && [ "\${20}" = "$began" ]; }
if [ ! -d "$d" ]; then echo "none $d"
elif [ "$2" = cleanup ]; then rm -rf "$d" && echo "erased $d"
elif [ ! -e "$d/rc" ] && { alive || [ ! -s "$d/pid" ] || [ -e "$d/ending" ]; } 2>/dev/null; then echo "going $d"
# It may have come to its end meanwhile.
elif [ ! -e "$d/rc" ]; then echo "lost $d"
else
  read -r rc <"$d/rc"; [ ! -e "$d/skipped" ] || rc=skipped
  t=; [ ! -e "$d/times" ] || read -r t <"$d/times"
  c=; [ ! -e "$d/name" ] || read -r c <"$d/name"
  printf '%s\\n' "$rc $d" "$t" "$c"; cat "$d/stdout"; cat "$d/stderr" >&2
fi`;

export const asyncStatus = defineTask({
  kind: 'async_status',
  description: 'Tells what came of a command or shell that goes on by itself (async with poll: 0).',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['jid'],
    properties: {
      jid: {
        type: 'string',
        pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$',
        description: 'Its ansible_job_id, as its task has registered it.',
        examples: ['{{ job.ansible_job_id }}'],
      },
      mode: {
        type: 'string',
        enum: ['status', 'cleanup'],
        default: 'status',
        description: 'cleanup forgets what it printed; else that stays for a day.',
      },
    },
  },
  ownUser: true,
  commands: ({ jid, mode }) => [{ do: 'run', scope: '', argv: ['sh', '-c', ASK, 'sh', jid, mode] }],
  judge({ jid }, _, [asked]) {
    const { rc = 1, stdout = '', stderr = '' } = asked ?? {};
    const [, word = '', path = '', times = '', name = '', said = ''] =
      /^(\S+) ([^\n]*)\n?([^\n]*)\n?([^\n]*)\n?([^]*)$/.exec(stdout) ?? [];
    if (rc !== 0 || word === '') return { changed: false, failed: stderr.trim() || `exit code ${rc}`, detail: '' };
    const outcome: Outcome = { rc: Number(word), stdout: said, stderr };
    const { result, ...judgement } = judge(word, outcome);
    const ran = word === 'skipped' ? undefined : readTimes(times);
    const about = { ansible_job_id: jid, started: 1, finished: 1, results_file: path, ...readName(name), ...ran };
    return { ...judgement, result: { ...about, ...result } };
  },
});

/** What ran, as `command` and `shell` say it. */
function readName(text: string): { readonly cmd?: string | string[] } {
  const cmd = ((): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  })();
  if (typeof cmd === 'string') return { cmd };
  return Array.isArray(cmd) && cmd.every((word) => typeof word === 'string') ? { cmd } : {};
}

const NOTHING = { stdout: '', stdout_lines: [], stderr: '', stderr_lines: [] };

function judge(word: string, outcome: Outcome): Judgement {
  const is = { changed: false, detail: '' };
  switch (word) {
    case 'none':
      return { ...is, failed: 'could not find job', told: null, result: NOTHING };
    case 'erased':
      return { ...is, detail: 'forgotten', told: null, result: { ...NOTHING, started: 0, finished: 0 } };
    case 'going':
      return { ...is, detail: 'not finished', told: null, result: { ...NOTHING, finished: 0 } };
    case 'lost':
      return { ...is, failed: 'it was ended by something else', told: { rc: 137, stdout: '', stderr: '' } };
    case 'late':
      return { ...is, failed: 'it was ended at the end of its time (async)', told: { ...outcome, rc: 124 } };
    case 'skipped':
      return { ...is, detail: outcome.stdout, told: { ...outcome, rc: 0 } };
    default:
      return { ...byExitCode(outcome), told: outcome };
  }
}
