import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { ABSENT, isDecimalMistake, modeOf, type FileState, type Look, type Seen } from '../src/files.ts';
import { splitWords, type Command } from '../src/command.ts';
import type { Decision, Difference, Mistake, Step } from '../src/task.ts';

/** A path of the host. */
export const hostPath = (description: string) =>
  ({ type: 'string', format: 'path', maxLength: 4096, description }) as const;

const name = (description: string) =>
  ({
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', format: 'user' },
    ],
    description,
  }) as const;

/** Options of every kind that has to do with a file. */
export const ownership = {
  mode: {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 0o7777 },
      { type: 'string', pattern: '^([0-7]{3,4}|[ugoa]*[-+=][rwxXst]*(,[ugoa]*[-+=][rwxXst]*)*)$' },
    ],
    description: 'As chmod has it, with a leading zero or in quotes; by default as it is, or 0644 where it is new.',
    examples: ['0644', 'u=rw,go=r'],
  },
  owner: name('The user that it belongs to, by name or number.'),
  group: name('The group that it belongs to.'),
} as const;

export const writing = {
  ...ownership,
  backup: { type: 'boolean', default: false, description: 'Keeps what was there, under a name with the time.' },
  validate: {
    type: 'string',
    maxLength: 4096,
    description: 'A program that has to approve of the new file before it is put there; %s is its path.',
    examples: ['visudo -cf %s'],
  },
} as const;

export interface Ownership {
  readonly mode?: number | string | undefined;
  readonly owner?: number | string | undefined;
  readonly group?: number | string | undefined;
}

export interface Writing extends Ownership {
  readonly backup: boolean;
  readonly validate?: string | undefined;
}

/** What is wrong with these options beyond what a schema tells. */
export const placingMistakes = (kind: string, { mode, validate }: Partial<Writing>): Mistake[] => [
  ...(typeof mode === 'number' && isDecimalMistake(mode)
    ? [
        {
          path: ['mode'],
          code: 'BAD_FORMAT',
          message: `${kind}.mode: ${mode} is decimal, and as a mode it would be ${mode.toString(8)}`,
          hint: `write "0${mode}"`,
        },
      ]
    : []),
  ...(validate !== undefined && splitWords(validate) === undefined
    ? [{ path: ['validate'], code: 'BAD_FORMAT', message: `${kind}.validate: a quote is not closed` }]
    : []),
  ...(validate !== undefined && !validate.includes('%s')
    ? [
        {
          path: ['validate'],
          code: 'BAD_FORMAT',
          message: `${kind}.validate: the program is not told which file`,
          hint: 'write %s where its path belongs',
        },
      ]
    : []),
];

/** Without what names nothing: `/a//b/./c/` is `/a/b/c`. */
export const tidy = (path: string): string => {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
};

export const fileAt = (seen: Seen, path: string): FileState => seen.files.get(path) ?? ABSENT;

export const parentLooks = (path: string): Look[] => [{ look: 'file', path: posix.dirname(path) }];

/** Why nothing can be decided about a path: it could not be looked at. */
export const unseen = (seen: Seen, ...paths: readonly string[]): string | undefined =>
  paths.map((path) => seen.unseen.get(path)).find((why) => why !== undefined);

const isOwnedBy = (want: number | string | undefined, id: number, named: string): boolean =>
  want === undefined || (/^\d+$/.test(`${want}`) ? Number(want) === id : want === named);

/** What differs of mode and owners, in words; and what the file is then. */
function ownershipOf(want: Ownership, have: FileState, fallback: string) {
  const isNew = have.type === 'absent';
  const mode = modeOf(want.mode, isNew ? fallback : have.mode, have.type === 'directory');
  const owns = isNew || isOwnedBy(want.owner, have.uid, have.owner);
  const groups = isNew || isOwnedBy(want.group, have.gid, have.group);
  const why = [
    ...(isNew || mode === have.mode ? [] : [`mode ${have.mode} -> ${mode}`]),
    ...(owns ? [] : [`owner ${have.owner} -> ${want.owner}`]),
    ...(groups ? [] : [`group ${have.group} -> ${want.group}`]),
  ];
  const owned = (now: number | string | undefined, id: number, named: string) =>
    now === undefined
      ? { id, named }
      : /^\d+$/.test(`${now}`)
        ? { id: Number(now), named: `${now}` }
        : { id: -1, named: `${now}` };
  const owner = owned(want.owner, isNew ? 0 : have.uid, isNew ? 'root' : have.owner);
  const group = owned(want.group, isNew ? 0 : have.gid, isNew ? 'root' : have.group);
  const after = { mode, owner: owner.named, uid: owner.id, group: group.named, gid: group.id };
  return { mode, owns, groups, why, after };
}

const run = (...argv: readonly string[]): Command => ({ do: 'run', scope: '', argv });

/** Changes mode and owners of what is there; nothing where they are right. */
export function ownershipSteps(path: string, want: Ownership, have: FileState): Step[] {
  const { mode, owns, groups, why, after } = ownershipOf(want, have, have.mode);
  if (why.length === 0) return [];
  const link = have.type === 'link' ? ['-h'] : [];
  const names = `${owns ? '' : want.owner}${groups ? '' : `:${want.group}`}`;
  return [
    {
      verb: '~',
      what: path,
      why: why.join(', '),
      commands: [
        // A change of owner takes special bits away, so the mode comes after it.
        ...(owns && groups ? [] : [run('chown', ...link, names, path)]),
        ...(mode === have.mode && owns && groups ? [] : have.type === 'link' ? [] : [run('chmod', mode, path)]),
      ],
      effect: ({ files }) => void files.set(path, { ...have, ...after }),
    },
  ];
}

/** Makes a file be exactly this. `fallback` is the mode of a new one. */
export function placed(
  path: string,
  content: Buffer,
  want: Writing & { readonly force?: boolean },
  seen: Seen,
  fallback = '0644',
): Decision {
  const have = fileAt(seen, path);
  const parent = fileAt(seen, posix.dirname(path));
  const why = unseen(seen, path);
  if (why !== undefined) return { steps: [], failed: why };
  if (have.type === 'directory' || have.type === 'other') {
    return { steps: [], failed: `${path} is ${have.type === 'directory' ? 'a directory' : 'no regular file'}` };
  }
  if (!['directory', 'link'].includes(parent.type)) {
    return { steps: [], failed: `the directory ${posix.dirname(path)} is not there` };
  }
  const result = resultOf(path, content);
  if (want.force === false && have.type !== 'absent') return { steps: [], detail: '', result };
  if (have.type === 'file' && isSame(have, content)) {
    const steps = ownershipSteps(path, want, have);
    return { steps, result: { ...result, ...shownOwnership(steps, seen, path) } };
  }
  // A link is replaced, as Ansible does: what it leads to is not touched.
  const before = have.type === 'file' ? have : ABSENT;
  const { mode, after, why: rest } = ownershipOf(want, before, fallback);
  // Of an owner that this run gave it only the name is known.
  const kept = {
    owner: before.uid < 0 ? before.owner : `${before.uid}`,
    group: before.gid < 0 ? before.group : `${before.gid}`,
  };
  const step: Step = {
    verb: have.type === 'absent' ? '+' : '~',
    what: path,
    why: [
      have.type === 'absent' ? 'missing' : have.type === 'link' ? `is a link to ${have.target ?? ''}` : 'content',
      ...rest,
    ].join(', '),
    commands: [
      {
        do: 'place',
        path,
        content: content.toString('base64'),
        mode,
        owner: want.owner === undefined ? kept.owner : `${want.owner}`,
        group: want.group === undefined ? kept.group : `${want.group}`,
        backup: want.backup,
        ...(want.validate === undefined ? {} : { validate: splitWords(want.validate)! }),
      },
    ],
    effect: ({ files }) => void files.set(path, { type: 'file', ...after, content }),
  };
  const { mode: shown, owner, group } = after;
  return {
    steps: [step],
    diffs: [differenceOf(path, before, content)],
    result: { ...result, mode: shown, owner, group },
  };
}

const shownOwnership = (steps: readonly Step[], seen: Seen, path: string) => {
  const have = fileAt(seen, path);
  return steps.length > 0
    ? {}
    : { mode: have.mode, owner: have.owner, group: have.group, uid: have.uid, gid: have.gid };
};

const resultOf = (dest: string, content: Buffer) => ({
  dest,
  path: dest,
  state: 'file',
  size: content.length,
  checksum: createHash('sha1').update(content).digest('hex'),
});

const isSame = ({ content, digest }: FileState, wanted: Buffer): boolean =>
  content?.equals(wanted) ?? digest === createHash('sha256').update(wanted).digest('hex');

const differenceOf = (title: string, { type, content }: FileState, after: Buffer): Difference => ({
  title,
  before: type === 'absent' ? '' : content === undefined ? '(a large file)\n' : textOf(content),
  after: textOf(after),
});

/** For a person: what is no text is not shown. */
export function textOf(content: Buffer): string {
  const text = content.toString('utf8');
  return text.includes('\0') || !Buffer.from(text).equals(content)
    ? `(${content.length} bytes that are no text)\n`
    : text;
}
