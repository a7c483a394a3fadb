import { posix } from 'node:path';
import type { Look } from '../src/files.ts';
import type { Infer } from '../src/infer.ts';
import { defineTask, type Decision, type Sources, type Step } from '../src/task.ts';
import type { Seen } from '../src/files.ts';
import { pythonJson } from '../src/template.ts';
import { fileAt, hostPath, parentLooks, placed, placingMistakes, tidy, writing } from './placing.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['dest'],
  properties: {
    src: {
      type: 'string',
      minLength: 1,
      description: "A file or folder of the project, from the role's files/ or beside the playbook.",
      examples: ['motd'],
    },
    content: {
      anyOf: [{ type: 'string', maxLength: 4194304 }, { type: ['number', 'boolean', 'object', 'array'] }],
      description: 'What the file holds, instead of src; a mapping or list is written as JSON.',
    },
    dest: { ...hostPath('Where it goes; with a / at the end, into that directory.'), examples: ['/etc/motd'] },
    ...writing,
    mode: { ...writing.mode, anyOf: [...writing.mode.anyOf, { const: 'preserve' }] },
    directory_mode: { ...writing.mode, description: 'The mode of directories that are made on the way.' },
    force: { type: 'boolean', default: true, description: 'false: a file that is there already is left alone.' },
  },
} as const;

type Args = Infer<typeof schema>;

/** As Ansible writes what is no text. */
const textOf = (content: unknown): string => {
  if (typeof content === 'boolean') return content ? 'True' : 'False';
  return typeof content === 'string' ? content : pythonJson(content);
};

/** The files that it makes, by their paths on the host, and the directories that it needs for them. */
function filesOf({ content, dest, src }: Args, { src: source }: Sources, isDirectory: boolean) {
  const into = isDirectory || dest.endsWith('/');
  const path = tidy(dest);
  if (content !== undefined || source === undefined) {
    return [{ path, content: Buffer.from(textOf(content ?? '')), mode: '0644' }];
  }
  if (!source.folder) {
    const [file] = source.files;
    return [{ path: into ? posix.join(path, file!.name) : path, content: file!.content, mode: file!.mode }];
  }
  // As with rsync: a / at the end of src means what is in it.
  const base = src!.endsWith('/') ? path : posix.join(path, posix.basename(src!));
  return source.files.map(({ name, content: own, mode }) => ({ path: posix.join(base, name), content: own, mode }));
}

/** The directories above a path, outermost first. */
const above = (path: string): string[] => {
  const parent = posix.dirname(path);
  return parent === path ? [] : [...above(parent), parent];
};

const mayMakeDirectories = ({ dest }: Args, sources: Sources): boolean =>
  dest.endsWith('/') || sources.src?.folder === true;

export const copy = defineTask({
  kind: 'copy',
  description: 'Writes a file, or a folder of them, on the host. Destroy does not take it back.',
  schema,
  wants: ({ src }) => (typeof src === 'string' ? [{ option: 'src', path: src, folder: 'files', tree: true }] : []),
  check: (args) => [
    ...placingMistakes('copy', args as never),
    ...((args.src === undefined) === (args.content === undefined)
      ? [{ path: [], code: 'CONFLICT', message: 'copy: needs either src or content', hint: 'src: motd' }]
      : []),
    ...(args.content !== undefined && textOf(args.content).includes('\0')
      ? [{ path: ['content'], code: 'BAD_FORMAT', message: 'copy.content: holds a NUL byte', hint: 'use src' }]
      : []),
    ...(args.content !== undefined && args.dest.endsWith('/')
      ? [{ path: ['dest'], code: 'CONFLICT', message: 'copy.dest: content needs the name of a file', hint: 'add it' }]
      : []),
  ],
  looks(args, sources) {
    const looks = (path: string): Look[] => [{ look: 'file', path, content: 'small' }, ...parentLooks(path)];
    const paths = [true, false].flatMap((into) => filesOf(args, sources, into)).map(({ path }) => path);
    const parents = mayMakeDirectories(args, sources) ? paths.flatMap(above) : [];
    return [tidy(args.dest), ...paths].flatMap(looks).concat(parents.map((path) => ({ look: 'file', path })));
  },
  decide(args, seen, sources) {
    const { mode, directory_mode } = args;
    const files = filesOf(args, sources, fileAt(seen, tidy(args.dest)).type === 'directory');
    const made = mayMakeDirectories(args, sources)
      ? directories(
          files.map(({ path }) => path),
          seen,
          directory_mode,
        )
      : [];
    // What is to be made is there for what comes after it.
    const later: Seen = { ...seen, files: new Map(seen.files) };
    for (const { effect } of made) effect(later);
    const decisions = files.map((file): Decision => {
      const want = { ...args, mode: mode === 'preserve' ? file.mode : mode };
      return placed(file.path, file.content, want, later);
    });
    const failed = decisions.find((one) => one.failed !== undefined);
    if (failed) return failed;
    return {
      steps: [...made, ...decisions.flatMap(({ steps }) => steps)],
      diffs: decisions.flatMap(({ diffs }) => diffs ?? []),
      result: files.length === 1 && sources.src?.folder !== true ? decisions[0]!.result : { dest: tidy(args.dest) },
    };
  },
});

function directories(paths: readonly string[], seen: Seen, mode: number | string | undefined): Step[] {
  const missing = [...new Set(paths.flatMap(above))].filter((path) => fileAt(seen, path).type === 'absent');
  return missing.map((path) => directoryStep(path, mode));
}

const directoryStep = (path: string, mode: number | string | undefined): Step => {
  const octal = typeof mode === 'number' ? mode.toString(8).padStart(4, '0') : (mode ?? '0755');
  return {
    verb: '+',
    what: path,
    why: 'missing',
    commands: [{ do: 'run', scope: '', argv: ['mkdir', '-m', octal, path] }],
    effect: ({ files }) =>
      void files.set(path, { type: 'directory', mode: octal, owner: 'root', group: 'root', uid: 0, gid: 0 }),
  };
};
