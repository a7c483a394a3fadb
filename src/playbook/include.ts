import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Kind } from '../task.ts';
import { holdsTemplate } from '../template.ts';
import { isMapping, isPending, validateShape } from '../validate.ts';
import { inside, type Around, type Handed } from './around.ts';
import { blockKeywords, includeKeywords } from './keywords.ts';
import { insteadOfKind } from './taking-in.ts';
import { includeVars, type VarsOptions } from './include-vars.ts';
import { beside, folderOf, take } from './library.ts';
import { strayWords } from './kind.ts';
import { LOOPS } from './loops.ts';
import { readKeywords, schemaOf } from './read.ts';
import type { Included, RawTask, ReadTasks, Special } from './raw.ts';
import type { Reading } from './reading.ts';
import { takeRole, type RoleOptions } from './role.ts';
import { loopOf, loopProblems, mayBeHidden, type LoopWords } from './task.ts';

/** Stands for the kind of what takes in tasks until it is known which. */
const kindOf = (word: string): Kind => ({
  kind: word,
  description: '',
  schema: { type: 'object' },
  commands: () => [],
  judge: () => ({ changed: false, detail: 'included' }),
});

const shape = { label: 'task', schema: schemaOf(includeKeywords) };
const applied = { label: 'apply', schema: schemaOf(blockKeywords) };

/** A task with `import_tasks`, `include_tasks`, `import_role` or `include_role`: the tasks that stand for it. */
export function readInclude(
  value: Readonly<Record<string, unknown>>,
  written: string,
  word: string,
  at: At,
  around: Around,
  reading: Reading,
): ReadTasks {
  const { value: known, problems: wrong } = readKeywords(value, shape, includeKeywords, at);
  const words = known as LoopWords;
  const argsAt = { ...at, path: [...at.path, written] };
  const given =
    typeof value[written] === 'string' && !word.endsWith('role') ? { file: value[written] } : value[written];
  const { value: args, problems: bad } = validateShape(
    { label: word, schema: insteadOfKind.get(word)!.schema },
    given,
    argsAt,
    isPending,
  );
  const isImport = word.startsWith('import');
  const problems = [
    ...wrong,
    ...strayWords(value, [written], includeKeywords, at),
    ...bad,
    ...loopProblems(value, at),
    ...(isImport ? importedLoop(value, word, at) : []),
  ];
  if (problems.length > 0 || !isMapping(args)) return { tasks: [], problems };
  const { apply, ...options } = args;
  const applyAt = { ...argsAt, path: [...argsAt.path, 'apply'] };
  const { value: more, problems: worse } = readKeywords(isMapping(apply) ? apply : {}, applied, blockKeywords, applyAt);
  const stray = isMapping(apply) ? strayWords(apply, [], blockKeywords, applyAt) : [];
  if (worse.length + stray.length > 0) return { tasks: [], problems: [...worse, ...stray] };

  const outer = isImport ? inside(around, words, at) : included(around, words, word, at);
  const read = ({ args: own, hosts, vars, when }: Included): ReadTasks => {
    const inner: Around = {
      ...outer,
      when: [...(isImport ? outer.when : around.when), ...when],
      vars: new Map([...outer.vars, ...vars]),
      hosts: around.hosts ? new Set([...hosts].filter((host) => around.hosts!.has(host))) : hosts,
    };
    return expand(own, word, argsAt, inside(inner, more as Handed, applyAt), reading, task);
  };
  const { loop, loopControl } = loopOf(words);
  const task = { name: words.name, at, loopControl };
  const special: Special = { is: isImport ? 'import' : 'include', read };
  const own = taskOf({ ...outer, at, argsAt, args: options, loop, loopControl, special }, word, words);
  // What is the same on every host needs nobody to be asked.
  const isKnown = loop === undefined && !holdsTemplate(options) && (isImport || own.when.length === 0);
  if (!isKnown) return { tasks: [own], problems };
  const { tasks, problems: inner } = expand(
    options,
    word,
    argsAt,
    inside(outer, more as Handed, applyAt),
    reading,
    task,
  );
  const standsForItself = isImport || word === 'include_vars';
  return { tasks: standsForItself ? tasks : [{ ...own, special: { is: 'included' } }, ...tasks], problems: inner };
}

const taskOf = (
  task: Omit<RawTask, 'kind' | 'name' | 'notify' | 'adopt'>,
  word: string,
  { name }: LoopWords,
): RawTask => ({ ...task, name, kind: kindOf(word), notify: [], adopt: false });

/** An include hands down its variables and conditions; its other words are its own, but for the tags that choose it. */
function included(around: Around, words: Handed, word: string, at: At): Around {
  const own = inside(around, words, at);
  const gate = own.tags.at(-1) ?? [];
  const on = around.tags.at(-1) ?? [];
  const tags = [...around.tags.slice(0, -1), gate, on];
  const noLog = word === 'include_vars' ? own.noLog : around.noLog;
  return { ...around, when: own.when, vars: own.vars, tags, noLog };
}

function importedLoop(value: Readonly<Record<string, unknown>>, word: string, at: At): Problem[] {
  const loop = LOOPS.find((one) => one in value);
  if (loop === undefined) return [];
  const message = `task.${loop}: what is imported is read once, before there are any items`;
  return [
    { code: 'CONFLICT', message, place: placeOf(at, [loop], 'key'), hint: `use ${word.replace('import', 'include')}` },
  ];
}

function expand(
  args: unknown,
  word: string,
  at: At,
  around: Around,
  reading: Reading,
  task: Pick<RawTask, 'name' | 'at' | 'loopControl'>,
): ReadTasks {
  const wrong = validateShape({ label: word, schema: insteadOfKind.get(word)!.schema }, args, at).problems;
  if (wrong.length > 0) return { tasks: [], problems: wrong };
  if (word.endsWith('role')) return takeRole(args as RoleOptions, at, around, reading);
  if (word === 'include_vars') return includeVars(args as VarsOptions, task, at, around, reading);
  const { file } = args as { readonly file: string };
  const folders = [
    around.files.length === 0 ? reading.folder : folderOf(around.files.at(-1)!),
    ...(around.role ? [`${around.role.path}/tasks`] : []),
    reading.folder,
  ];
  const found = take(
    reading.library,
    folders.map((folder) => beside(folder, file)),
    around.files,
    `file ${file}`,
    at,
    mayBeHidden(around.noLog?.value),
  );
  if (!('path' in found) || !found.source) return { tasks: [], problems: found.problems };
  const inner = { ...around, files: [...around.files, found.path] };
  const { tasks, problems } = reading.tasks(found.source.value, { source: found.source, path: [] }, inner);
  return { tasks, problems: [...found.problems, ...problems] };
}
