import type { Problem } from './error.ts';
import { placeOf, type At, type Source } from './source.ts';
import { inside, OUTSIDE, tagsOf } from './playbook/around.ts';
import { strayWords } from './playbook/kind.ts';
import { importPlaybookKeywords } from './playbook/keywords.ts';
import { beside, folderOf, NO_FILES, take, type Library } from './playbook/library.ts';
import { readPlay, type PlayContext, type RawPlay } from './playbook/play.ts';
import { wrongType } from './playbook/problems.ts';
import { readKeywords, schemaOf } from './playbook/read.ts';
import type { Kind } from './task.ts';
import { isMapping } from './validate.ts';

export {
  ACTIONS,
  importPlaybookKeywords,
  playKeywords,
  SECTIONS,
  taskKeywords,
  type Keywords,
} from './playbook/keywords.ts';
export { insteadOfKind } from './playbook/taking-in.ts';
export { playShape } from './playbook/play.ts';
export { mayBeHidden, taskShape } from './playbook/task.ts';
export type { Frame, Given, Role, Vars } from './playbook/around.ts';
export type { Library } from './playbook/library.ts';
export type { RawPlay, VarsPrompt } from './playbook/play.ts';

export type { LoopControl, Meta, RawTask } from './playbook/raw.ts';

export interface Playbook {
  /** What could be read; to be used only without problems. */
  readonly plays: RawPlay[];
  readonly problems: Problem[];
}

/** The plays and tasks of a text and of the files that it takes in, templates not yet rendered; all problems at once. */
export function parsePlaybook(source: Source, kinds: ReadonlyMap<string, Kind>, library: Library = NO_FILES): Playbook {
  let block = 0;
  const shared = { kinds, library, block: () => block++ };
  return readPlays(source, [source.file], shared);
}

const shape = { label: 'play', schema: schemaOf(importPlaybookKeywords) };

function readPlays(source: Source, chain: readonly string[], shared: Omit<PlayContext, 'folder' | 'file'>): Playbook {
  const root: At = { source, path: [] };
  if (!Array.isArray(source.value)) {
    return { plays: [], problems: [wrongType('a playbook', 'a list of plays', source.value, root)] };
  }
  const context: PlayContext = { ...shared, folder: folderOf(source.file), file: source.file };
  const read = source.value.map((value: unknown, index): Playbook => {
    const at: At = { source, path: [index] };
    if (isMapping(value) && 'import_playbook' in value) return importPlaybook(value, at, chain, context);
    const { play, problems } = readPlay(value, at, context);
    return { plays: play ? [play] : [], problems };
  });
  const problems = read.flatMap((one) => one.problems);
  if (read.length === 0) problems.push(wrongType('a playbook', 'a list of plays', null, root));
  return { plays: read.flatMap(({ plays }) => plays), problems };
}

/** Another file's plays in place of this one; its conditions, tags and variables are handed down to each of them. */
function importPlaybook(
  value: Readonly<Record<string, unknown>>,
  at: At,
  chain: readonly string[],
  context: PlayContext,
): Playbook {
  const { value: words, problems } = readKeywords({ ...value }, shape, importPlaybookKeywords, at);
  const wrong = [...problems, ...strayWords(value, [], importPlaybookKeywords, at)];
  const nameAt: At = { ...at, path: [...at.path, 'import_playbook'] };
  const { import_playbook: name } = value;
  if (typeof name !== 'string') {
    wrong.push({ code: 'WRONG_TYPE', message: 'import_playbook: must be a file', place: placeOf(nameAt) });
    return { plays: [], problems: wrong };
  }
  const found = take(context.library, [beside(context.folder, name)], chain, `playbook ${name}`, nameAt);
  if (!('path' in found) || !found.source) return { plays: [], problems: [...wrong, ...found.problems] };
  const { plays, problems: inner } = readPlays(found.source, [...chain, found.path], context);
  const { tags, when, vars } = inside(OUTSIDE, words as { readonly tags?: unknown }, at);
  const more = tagsOf((words as { readonly tags?: unknown }).tags);
  const handed = plays.map((play): RawPlay => ({
    ...play,
    vars: new Map([...play.vars, ...vars]),
    tasks: play.tasks.map((task) => ({
      ...task,
      when: [...when, ...task.when],
      tags: more.length === 0 ? task.tags : task.tags.map((set) => [...new Set([...(tags.at(-1) ?? []), ...set])]),
    })),
  }));
  return { plays: handed, problems: [...wrong, ...found.problems, ...inner] };
}
