import { HOST } from '../command.ts';
import type { ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface File {
  readonly path: string;
  readonly content: string;
  readonly mode: string;
  /** Rewritten, not replaced: a program that has it mounted sees the new text. */
  readonly inPlace?: true;
}

/** A small file of ours on the host, such as /etc/netns/NAME/hosts. */
export const file = (path: string, content: string, mode = '0644', inPlace = false): Wanted<File> => ({
  type: 'file',
  scope: HOST,
  data: { path, content, mode, ...(inPlace ? { inPlace } : {}) },
});

export const fileType: ObjectType<File> = {
  type: 'file',
  volatile: false,
  shared: false,
  id: ({ path }) => path,
  reads: ({ data }) => [{ fact: 'file', path: data.path }],
  diff({ data: { path, content, mode, inPlace } }, { world, entry, adopt }) {
    const found = world.files[path];
    if (found?.content === content && found.mode === mode) return [];
    if (found !== undefined && entry === undefined && !adopt) {
      return refuse('FOREIGN_OBJECT', `${path} exists and is not ours`, 'move it away, or say "adopt: true"');
    }
    return [
      {
        verb: found === undefined ? '+' : '~',
        what: path,
        why: found === undefined ? 'missing' : found.content === content ? `mode ${found.mode} -> ${mode}` : 'content',
        commands: [{ do: 'write', path, content, mode, inPlace }],
        undo: [found === undefined ? { do: 'unlink', path, parent: true } : { do: 'write', path, ...found, inPlace }],
        effect: (after) => {
          after.files[path] = { content, mode };
        },
      },
    ];
  },
  before({ data: { path, content, mode } }, { world, entry }) {
    if (entry !== undefined) return { before: entry.before };
    const found = world.files[path];
    if (found === undefined) return {};
    return found.content === content && found.mode === mode ? 'foreign' : { before: found };
  },
  remove({ data: { path, content, inPlace }, before }, { world }) {
    const found = world.files[path];
    if (found === undefined) return [];
    // Somebody else's words are not ours to take away; the beginning of ours is there when a run was killed within them.
    if (found.content !== content && !(inPlace === true && content.startsWith(found.content))) return [];
    const given = before as { content: string; mode: string } | undefined;
    return [
      {
        verb: '-',
        what: path,
        why: given === undefined ? 'remove' : 'give back as it was found',
        commands: [given === undefined ? { do: 'unlink', path, parent: true } : { do: 'write', path, ...given }],
        undo: [{ do: 'write', path, ...found }],
        effect: (after) => {
          if (given === undefined) delete after.files[path];
          else after.files[path] = given;
        },
      },
    ];
  },
};
