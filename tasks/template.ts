import { posix } from 'node:path';
import { defineTask } from '../src/task.ts';
import { fileAt, hostPath, parentLooks, placed, placingMistakes, tidy, writing } from './placing.ts';

/** Without the ending that only says that it is a template. */
const nameOf = (src: string): string => posix.basename(src);

export const template = defineTask({
  kind: 'template',
  description: 'Writes a file of the project, with its templates rendered. Destroy does not take it back.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['src', 'dest'],
    properties: {
      src: {
        type: 'string',
        minLength: 1,
        description: "A Jinja2 file of the project, from the role's templates/ or beside the playbook.",
        examples: ['resolv.conf.j2'],
      },
      dest: { ...hostPath('Where it goes; a directory keeps its name.'), examples: ['/etc/resolv.conf'] },
      ...writing,
      force: { type: 'boolean', default: true, description: 'false: a file that is there already is left alone.' },
    },
  },
  wants: ({ src }) =>
    typeof src === 'string' ? [{ option: 'src', path: src, folder: 'templates', template: true }] : [],
  check: (args) => placingMistakes('template', args),
  looks: ({ dest, src }) =>
    [tidy(dest), posix.join(tidy(dest), nameOf(src))].flatMap((path) => [
      { look: 'file' as const, path, content: 'small' as const },
      ...parentLooks(path),
    ]),
  decide(args, seen, { src: source }) {
    const [file] = source!.files;
    const dest = tidy(args.dest);
    const into = args.dest.endsWith('/') || fileAt(seen, dest).type === 'directory';
    return placed(into ? posix.join(dest, nameOf(args.src)) : dest, file!.content, args, seen);
  },
});
