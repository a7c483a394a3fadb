import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { followed, type FileState, type Look } from '../src/files.ts';
import type { Infer } from '../src/infer.ts';
import { defineTask } from '../src/task.ts';
import { fileAt, hostPath, tidy, unseen } from './placing.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    path: { ...hostPath('What it is about; also dest or name.'), examples: ['/etc/hosts'] },
    dest: hostPath('The same as path.'),
    name: hostPath('The same as path.'),
    follow: { type: 'boolean', default: false, description: 'A link is what it leads to.' },
    get_checksum: { type: 'boolean', default: true, description: 'Whether the digest of a file is told.' },
    checksum_algorithm: {
      type: 'string',
      enum: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
      default: 'sha1',
      description: 'Which digest.',
    },
    get_mime: { type: 'boolean', default: false, description: 'Taken as it is: nothing is told about it.' },
    get_attributes: { type: 'boolean', default: false, description: 'Taken as it is: nothing is told about it.' },
  },
} as const;

type Args = Infer<typeof schema>;

const pathOf = ({ path, dest, name }: Args): string => tidy(path ?? dest ?? name!);

export const stat = defineTask({
  kind: 'stat',
  description: 'Tells what is at a path: its type, mode, owner, size, times and digest.',
  schema,
  check: ({ path, dest, name }) =>
    [path, dest, name].filter((one) => one !== undefined).length === 1
      ? []
      : [{ path: [], code: 'MISSING_KEY', message: 'stat: needs one path', hint: 'path: /etc/hosts' }],
  looks(args) {
    const path = pathOf(args);
    const content: Pick<Look & { readonly look: 'file' }, 'content'> = args.get_checksum ? { content: 'whole' } : {};
    return [
      { look: 'file', path, ...content },
      ...(args.follow ? [{ look: 'file', path, ...content, follow: true } as const] : []),
    ];
  },
  decide(args, seen) {
    const path = pathOf(args);
    // What an earlier task made is known by its own path.
    const at = args.follow && !['file', 'directory'].includes(fileAt(seen, path).type) ? followed(path) : path;
    const have = fileAt(seen, at);
    const why = unseen(seen, at);
    if (why !== undefined) return { steps: [], failed: why };
    if (have.type === 'absent')
      return { steps: [], detail: `${path} is not there`, result: { stat: { exists: false } } };
    const what = have.sort ?? have.type;
    const detail = `${path} is a ${what}, ${have.mode} ${have.owner} ${have.group}`;
    return { steps: [], detail, result: { stat: { ...statOf(path, have), ...digestOf(args, have) } } };
  },
});

/** In Ansible's words. */
function statOf(path: string, have: FileState): Readonly<Record<string, unknown>> {
  const bits = parseInt(have.mode, 8);
  const is = (sort: string): boolean => have.sort === sort;
  const times = have.times && {
    size: have.times.size,
    atime: have.times.accessed,
    mtime: have.times.modified,
    ctime: have.times.changed,
    nlink: have.times.names,
  };
  const rights = ['usr', 'grp', 'oth'].flatMap((who, place) =>
    ['r', 'w', 'x'].map((right, index) => [`${right}${who}`, (bits & (0o400 >> (3 * place + index))) !== 0] as const),
  );
  const [device, inode] = (have.inode ?? '').split(':').map(Number);
  return {
    exists: true,
    path,
    mode: have.mode,
    isreg: have.type === 'file',
    isdir: have.type === 'directory',
    islnk: have.type === 'link',
    ischr: is('character special file'),
    isblk: is('block special file'),
    isfifo: is('fifo'),
    issock: is('socket'),
    uid: have.uid,
    gid: have.gid,
    pw_name: have.owner,
    gr_name: have.group,
    isuid: (bits & 0o4000) !== 0,
    isgid: (bits & 0o2000) !== 0,
    executable: (bits & 0o111) !== 0,
    ...Object.fromEntries(rights),
    ...(have.inode === undefined ? {} : { dev: device, inode }),
    ...times,
    ...(have.target === undefined
      ? {}
      : { lnk_target: have.target, lnk_source: posix.resolve(posix.dirname(path), have.target) }),
  };
}

function digestOf({ get_checksum: wanted, checksum_algorithm: name }: Args, have: FileState) {
  if (!wanted || have.type !== 'file') return {};
  if (have.content !== undefined) return { checksum: createHash(name).update(have.content).digest('hex') };
  return name === 'sha256' && have.digest !== undefined ? { checksum: have.digest } : {};
}
