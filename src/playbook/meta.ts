import type { At } from '../source.ts';
import type { Kind } from '../task.ts';
import { validateShape } from '../validate.ts';
import { inside, type Around, type Handed } from './around.ts';
import { strayWords } from './kind.ts';
import { includeKeywords } from './keywords.ts';
import { insteadOfKind } from './taking-in.ts';
import { readKeywords, schemaOf } from './read.ts';
import type { Meta, RawTask, ReadTasks } from './raw.ts';
import { loopOf } from './task.ts';

const META: Kind = { kind: 'meta', description: '', schema: { type: 'object' }, commands: () => [] };

const shape = { label: 'task', schema: schemaOf(includeKeywords) };

/** Something about the run itself, in place of a task. */
export function metaTask(does: Meta, at: At, around: Around, name?: string): RawTask {
  const special = { is: 'meta', does } as const;
  return { ...around, at, argsAt: at, name, kind: META, args: {}, ...loopOf({}), notify: [], adopt: false, special };
}

export function readMeta(value: Readonly<Record<string, unknown>>, word: string, at: At, around: Around): ReadTasks {
  const { value: words, problems } = readKeywords(value, shape, includeKeywords, at);
  const valueAt = { ...at, path: [...at.path, word] };
  const schema = insteadOfKind.get('meta')!.schema;
  const wrong = [
    ...problems,
    ...strayWords(value, [word], includeKeywords, at),
    ...validateShape({ label: 'meta', schema }, value[word], valueAt).problems,
  ];
  if (wrong.length > 0) return { tasks: [], problems: wrong };
  const { name, ...rest } = words as Handed & { readonly name?: string };
  return { tasks: [metaTask(value[word] as Meta, at, inside(around, rest, at), name)], problems: [] };
}
