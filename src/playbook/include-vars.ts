import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Kind } from '../task.ts';
import type { Around, Given, Vars } from './around.ts';
import { beside, folderOf, take } from './library.ts';
import type { RawTask, ReadTasks } from './raw.ts';
import { mayBeHidden } from './task.ts';
import type { Reading } from './reading.ts';
import { varsIn } from './role-files.ts';

/** The options of `include_vars`. */
export interface VarsOptions {
  readonly file?: string;
  readonly dir?: string;
  /** The one variable that holds them all. */
  readonly name?: string;
  readonly depth?: number;
  readonly files_matching?: string;
  readonly ignore_files?: string | readonly string[];
  readonly extensions?: string | readonly string[];
}

/** Stands for the task once it is known what the files say. */
const kindOf = (files: readonly string[], vars: Vars): Kind => ({
  kind: 'include_vars',
  description: '',
  schema: { type: 'object' },
  sets: () => Object.fromEntries([...vars.keys()].map((name) => [name, null])),
  answer: () => ({
    changed: false,
    detail: files.join(', '),
    result: { ansible_included_var_files: files },
  }),
});

/** The task that gives its host the variables of files, from there on. */
export function includeVars(
  options: VarsOptions,
  task: Pick<RawTask, 'name' | 'at' | 'loopControl'>,
  at: At,
  around: Around,
  reading: Reading,
): ReadTasks {
  const problems: Problem[] = [];
  if ((options.file === undefined) === (options.dir === undefined)) {
    problems.push({ code: 'CONFLICT', message: 'include_vars: needs either file or dir', place: placeOf(at) });
    return { tasks: [], problems };
  }
  const files = options.dir === undefined ? [options.file!] : filesIn(options, at, around, reading, problems);
  const read = files.flatMap((file) => {
    const places = options.dir === undefined ? placesOf(file, around, reading) : [file];
    const found = take(reading.library, places, [], `file ${file}`, at, mayBeHidden(around.noLog?.value));
    problems.push(...found.problems);
    return 'path' in found && found.source ? [{ path: found.path, vars: varsIn(found.source, problems) }] : [];
  });
  const all: Vars = new Map(read.flatMap(({ vars }) => [...vars]));
  const { name } = options;
  const vars: Vars = name === undefined ? all : new Map([[name, together(all, at)]]);
  const kind = kindOf(
    read.map(({ path }) => path),
    vars,
  );
  const own = { ...around, ...task, argsAt: at, args: {}, kind, special: { is: 'vars', vars } as const };
  return { tasks: problems.length > 0 ? [] : [{ ...own, notify: [], adopt: false }], problems };
}

/** The whole as one value, with its templates; what is wrong in one has the place of the task. */
const together = (vars: Vars, at: At): Given => ({
  value: Object.fromEntries([...vars].map(([name, { value }]) => [name, value])),
  at,
});

/** As Ansible: in `vars/` of the role, beside the tasks, and the same beside the playbook. */
function placesOf(name: string, { role, files }: Around, { folder }: Reading): string[] {
  const folders = [
    ...(role ? [`${role.path}/vars`, role.path, `${role.path}/tasks`] : []),
    ...(files.length === 0 ? [] : [`${folderOf(files.at(-1)!)}/vars`, folderOf(files.at(-1)!)]),
    `${folder}/vars`,
    folder,
  ];
  return folders.map((one) => beside(one, name));
}

const EXTENSIONS = ['yaml', 'yml', 'json'];

/** The files of a folder and of those in it, in the order of their names. */
function filesIn(options: VarsOptions, at: At, around: Around, reading: Reading, problems: Problem[]): string[] {
  const { library } = reading;
  const places = placesOf(options.dir!, around, reading);
  const top = places.find((one) => library.list?.(one) !== undefined);
  if (top === undefined) {
    const hint = `looked for ${[...new Set(places)].join(', ')}`;
    problems.push({ code: 'NO_FILE', message: `there is no folder ${options.dir!}`, place: placeOf(at), hint });
    return [];
  }
  const endings = [options.extensions ?? EXTENSIONS].flat();
  const ignored = [options.ignore_files ?? []].flat().map((one) => new RegExp(one));
  const wanted = options.files_matching === undefined ? undefined : new RegExp(options.files_matching);
  const fits = (name: string): boolean =>
    endings.includes(name.slice(name.lastIndexOf('.') + 1)) &&
    !ignored.some((one) => one.test(name)) &&
    (wanted?.test(name) ?? true);
  const walk = (folder: string, depth: number): string[] => {
    const names = [...(library.list?.(folder) ?? [])].toSorted();
    const own = names.filter((name) => library.list?.(`${folder}/${name}`) === undefined && fits(name));
    const inner = names.filter((name) => library.list?.(`${folder}/${name}`) !== undefined);
    const goesOn = options.depth === undefined || options.depth === 0 || depth < options.depth;
    return [
      ...own.map((name) => `${folder}/${name}`),
      ...(goesOn ? inner.flatMap((name) => walk(`${folder}/${name}`, depth + 1)) : []),
    ];
  };
  return walk(top, 1);
}
