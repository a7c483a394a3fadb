import { posix } from 'node:path';
import { splitWords } from '../src/command.ts';
import { defineTask } from '../src/task.ts';
import { programOptions, run } from './program.ts';

/** Puts the file where only this run of it finds it, and behind the words of its interpreter. */
const RUN = `
name=$1 before=$2; shift 2
d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT || exit
base64 -d >"$d/$name" && chmod 700 "$d/$name" || exit
i=0
for word; do
  shift; i=$((i + 1))
  [ "$i" != $((before + 1)) ] || set -- "$@" "$d/$name"
  set -- "$@" "$word"
done
[ "$i" != "$before" ] || set -- "$@" "$d/$name"
"$@" </dev/null`;

const wordsOf = (cmd: unknown): readonly string[] => (typeof cmd === 'string' ? (splitWords(cmd) ?? []) : []);

// What it reads is the file itself; where it runs, its files are the host's.
const { chdir, creates, removes } = programOptions;

export const script = defineTask({
  kind: 'script',
  description: 'Runs a script of the project on the host, where it is gone afterwards.',
  freeForm: 'cmd',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['cmd'],
    properties: {
      cmd: {
        type: 'string',
        minLength: 1,
        maxLength: 65_536,
        description: "The script, from the role's files/ or beside the playbook, and its words.",
        examples: ['setup.sh --all'],
      },
      executable: { type: 'string', minLength: 1, maxLength: 4096, description: 'What runs it, else its first line.' },
      ...{ chdir, creates, removes },
    },
  },
  wants(args) {
    const [path] = wordsOf(args.cmd);
    return path === undefined ? [] : [{ option: 'cmd', path, folder: 'files' }];
  },
  check: ({ cmd, executable }) => [
    ...(wordsOf(cmd).length === 0
      ? [{ path: ['cmd'], code: 'BAD_FORMAT', message: 'script.cmd: names no script, or a quote is not closed' }]
      : []),
    ...(executable !== undefined && wordsOf(executable).length === 0
      ? [{ path: ['executable'], code: 'BAD_FORMAT', message: 'script.executable: names no program' }]
      : []),
  ],
  commands(args, context, sources) {
    const [path = '', ...words] = wordsOf(args.cmd);
    const before = wordsOf(args.executable);
    const argv = ['sh', '-c', RUN, 'sh', posix.basename(path), `${before.length}`, ...before, ...words];
    const [file] = sources.cmd!.files;
    return [run(argv, { ...args, stdin: file!.content.toString('base64') }, context)];
  },
});
