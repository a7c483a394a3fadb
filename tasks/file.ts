import { posix } from 'node:path';
import type { Command } from '../src/command.ts';
import { ABSENT, modeOf, type FileState, type Look, type Seen } from '../src/files.ts';
import type { Infer } from '../src/infer.ts';
import { defineTask, type Decision, type Mistake, type Step } from '../src/task.ts';
import { fileAt, hostPath, ownership, ownershipSteps, placingMistakes, tidy, unseen } from './placing.ts';

/** Another time could not be compared: only the host knows its zone. */
const time = (description: string) =>
  ({
    type: 'string',
    enum: ['now', 'preserve'],
    description: `${description}; now with state: touch, else preserve.`,
  }) as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    path: { ...hostPath('What it is about; also dest or name.'), examples: ['/srv/lab'] },
    dest: hostPath('The same as path.'),
    name: hostPath('The same as path.'),
    state: {
      type: 'string',
      enum: ['file', 'directory', 'link', 'hard', 'touch', 'absent'],
      description: 'What is to be there; without it, what is there already.',
    },
    src: { type: 'string', minLength: 1, maxLength: 4096, description: 'Where a link leads.' },
    ...ownership,
    recurse: { type: 'boolean', default: false, description: 'Mode and owners also of everything below a directory.' },
    modification_time: time('What becomes of the time of its last change'),
    access_time: time('What becomes of the time at which it was last read'),
    force: { type: 'boolean', default: false, description: 'A link may replace a file, and lead nowhere.' },
  },
} as const;

type Args = Infer<typeof schema>;

const pathOf = ({ path, dest, name }: Args): string => tidy(path ?? dest ?? name!);

const run = (...argv: readonly string[]): Command => ({ do: 'run', scope: '', argv });

const failed = (why: string): Decision => ({ steps: [], failed: why });

export const file = defineTask({
  kind: 'file',
  description: 'Makes, changes or removes a directory, link or empty file. Destroy does not take it back.',
  schema,
  check: (args) => [
    ...placingMistakes('file', args),
    ...([args.path, args.dest, args.name].filter((one) => one !== undefined).length === 1
      ? pathOf(args) === '/' && args.state === 'absent'
        ? [{ path: ['state'], code: 'NOT_ALLOWED', message: 'file: everything there is would be removed' }]
        : []
      : [{ path: [], code: 'MISSING_KEY', message: 'file: needs one path', hint: 'path: /srv/lab' }]),
    ...(['link', 'hard'].includes(args.state ?? '') !== (args.src !== undefined)
      ? [{ path: [], code: 'CONFLICT', message: 'file.src: belongs to state: link or hard, and they need it' }]
      : []),
    ...(['link', 'hard', 'absent'].includes(args.state ?? '')
      ? (['modification_time', 'access_time'] as const)
          .filter((one) => args[one] === 'now')
          .map((one): Mistake => ({
            path: [one],
            code: 'CONFLICT',
            message: `file.${one}: is for a file or directory`,
          }))
      : []),
    ...(args.recurse && args.state !== 'directory'
      ? [{ path: ['recurse'], code: 'CONFLICT', message: 'file.recurse: needs state: directory' }]
      : []),
  ],
  looks(args) {
    const path = pathOf(args);
    const above = (one: string): string[] => (one === '/' ? [one] : [...above(posix.dirname(one)), one]);
    return [
      ...above(path).map((one): Look => ({ look: 'file', path: one })),
      ...(args.recurse ? [{ look: 'file', path, tree: true } as const] : []),
      ...(args.src === undefined ? [] : [{ look: 'file', path: sourceOf(path, args.src) } as const]),
    ];
  },
  decide(args, seen) {
    const path = pathOf(args);
    const have = fileAt(seen, path);
    const why = unseen(seen, path);
    if (why !== undefined) return failed(why);
    const state = DECIDE[args.state ?? currentState(have)](path, args, have, (one) => fileAt(seen, one));
    if (state.failed !== undefined) return state;
    const decision = { ...state, steps: [...state.steps, ...touches(path, args, have)] };
    const shown = ({ type, mode }: FileState): object => ({ path, state: type, ...(mode === '' ? {} : { mode }) });
    const after = new Map(seen.files);
    for (const { effect } of decision.steps) effect({ ...seen, files: after });
    const then = after.get(path) ?? ABSENT;
    const text = (one: object): string => `${JSON.stringify(one, null, 2)}\n`;
    return {
      ...decision,
      diffs: decision.steps.length === 0 ? [] : [{ title: path, before: text(shown(have)), after: text(shown(then)) }],
      result: { path, dest: path, state: then.type, mode: then.mode, owner: then.owner, group: then.group },
    };
  },
});

const currentState = ({ type }: FileState): 'file' | 'directory' | 'link' =>
  type === 'directory' || type === 'link' ? type : 'file';

const sourceOf = (path: string, src: string): string => tidy(posix.resolve(posix.dirname(path), src));

type Decide = (path: string, args: Args, have: FileState, at: (path: string) => FileState) => Decision;

const DECIDE: Record<'file' | 'directory' | 'link' | 'hard' | 'touch' | 'absent', Decide> = {
  absent: (path, _, have) => ({
    steps:
      have.type === 'absent'
        ? []
        : [
            {
              verb: '-',
              what: path,
              why: have.type === 'directory' ? 'remove, with all in it' : 'remove',
              commands: [run('rm', have.type === 'directory' ? '-rf' : '-f', '--', path)],
              effect: ({ files }) => {
                for (const one of files.keys()) if (one === path || one.startsWith(`${path}/`)) files.set(one, ABSENT);
              },
            },
          ],
  }),
  file(path, args, have) {
    if (have.type === 'absent') return failed(`${path} is not there; state: touch makes an empty file`);
    if (have.type === 'directory') return failed(`${path} is a directory`);
    return { steps: ownershipSteps(path, args, have) };
  },
  touch(path, args, have, at) {
    if (have.type !== 'absent') return { steps: ownershipSteps(path, args, have) };
    if (!isDirectory(at(posix.dirname(path)))) return failed(`the directory ${posix.dirname(path)} is not there`);
    return {
      steps: made(path, args, { type: 'file', mode: '0644' }, [run('touch', path), run('chmod', '0644', path)]),
    };
  },
  directory(path, args, have, at) {
    if (have.type === 'file' || have.type === 'other') return failed(`${path} is there and no directory`);
    if (have.type === 'link') return { steps: [] };
    if (have.type === 'directory')
      return { steps: args.recurse ? recursive(path, args, have) : ownershipSteps(path, args, have) };
    const missing: string[] = [];
    for (let one = path; at(one).type === 'absent' && one !== '/'; one = posix.dirname(one)) missing.unshift(one);
    const parent = posix.dirname(missing[0]!);
    if (!isDirectory(at(parent))) return failed(`${parent} is there and no directory`);
    return {
      steps: missing.flatMap((one) =>
        made(one, args, { type: 'directory', mode: '0755' }, [run('mkdir', '-m', '0755', one)]),
      ),
    };
  },
  link(path, args, have, at) {
    const { src, force } = args;
    if (have.type === 'link' && (src === undefined || have.target === src))
      return { steps: ownershipSteps(path, args, have) };
    if (have.type === 'directory') return failed(`${path} is a directory`);
    if (have.type === 'file' && !force) return failed(`${path} is a file; force: true puts the link in its place`);
    if (at(sourceOf(path, src!)).type === 'absent' && !force)
      return failed(`${src} is not there; force: true links all the same`);
    return {
      steps: made(
        path,
        args,
        { type: 'link', mode: '0777', target: src },
        [run('ln', '-sfn', '--', src!, path)],
        have,
        `-> ${src}`,
      ),
    };
  },
  hard(path, args, have, at) {
    const there = at(sourceOf(path, args.src!));
    if (there.type !== 'file') return failed(`${args.src} is no file`);
    // What was written since it was looked at is another file by now, and nobody knows which.
    if (have.inode !== undefined && have.inode === there.inode) return { steps: ownershipSteps(path, args, have) };
    if (have.type === 'directory') return failed(`${path} is a directory`);
    if (have.type !== 'absent' && !args.force)
      return failed(`${path} is a file; force: true puts the link in its place`);
    const source = sourceOf(path, args.src!);
    const same = { ...there, inode: there.inode ?? `that of ${source}` };
    const [step] = made(path, args, same, [run('ln', '-f', '--', source, path)], have, `= ${args.src}`);
    const effect = (seen: Seen): void => {
      seen.files.set(source, same);
      step.effect(seen);
    };
    return { steps: [{ ...step, effect }] };
  },
};

/** Sets the times of what is there already to now, where that is wanted. */
function touches(path: string, { state, modification_time, access_time }: Args, { type }: FileState): Step[] {
  const usual = state === 'touch' ? 'now' : 'preserve';
  const [modified, accessed] = [modification_time ?? usual, access_time ?? usual].map((one) => one === 'now');
  if (type === 'absent' || state === 'absent' || (!modified && !accessed)) return [];
  const only = modified && accessed ? [] : [modified ? '-m' : '-a'];
  const commands = [run('touch', ...only, '-c', '--', path)];
  return [{ verb: '~', what: path, why: 'touch', commands, effect: () => undefined }];
}

/** Of a link nobody knows where it leads; what follows will tell. */
const isDirectory = ({ type }: FileState): boolean => type === 'directory' || type === 'link';

/** Something new, with the mode and owners that are wanted of it. */
function made(
  path: string,
  args: Args,
  as: Pick<FileState, 'type' | 'mode'> & Partial<FileState>,
  commands: readonly Command[],
  have: FileState = ABSENT,
  why = 'missing',
): [Step] {
  const now: FileState = { owner: 'root', group: 'root', uid: 0, gid: 0, ...as };
  const own = ownershipSteps(path, args, now);
  const step: Step = {
    verb: have.type === 'absent' ? '+' : '~',
    what: path,
    why,
    commands: [...commands, ...own.flatMap((one) => one.commands)],
    effect: (seen) => {
      seen.files.set(path, now);
      for (const { effect } of own) effect(seen);
    },
  };
  return [step];
}

function recursive(path: string, args: Args, have: FileState): Step[] {
  const { mode, owner, group } = args;
  const below = have.tree ?? [have];
  const differing = below.filter((one) => one.type !== 'link' && ownershipSteps(path, args, one).length > 0);
  if (differing.length === 0) return [];
  const names = `${owner ?? ''}${group === undefined ? '' : `:${group}`}`;
  return [
    {
      verb: '~',
      what: path,
      why: 'mode or owners, there or below',
      commands: [
        ...(names === '' ? [] : [run('chown', '-R', '-h', names, path)]),
        ...(mode === undefined
          ? []
          : [run('chmod', '-R', typeof mode === 'number' ? modeOf(mode, '', true) : mode, path)]),
      ],
      effect: (seen) => {
        for (const { effect } of ownershipSteps(path, args, have)) effect(seen);
        seen.files.set(path, { ...fileAt(seen, path), tree: [] });
      },
    },
  ];
}
