import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import { isMapping } from '../validate.ts';
import { inside, varsOf, type Around, type Handed, type Role, type Vars } from './around.ts';
import { strayWords } from './kind.ts';
import { blockKeywords } from './keywords.ts';
import { wrongType } from './problems.ts';
import { readKeywords, schemaOf } from './read.ts';
import type { ReadTasks } from './raw.ts';
import type { Reading } from './reading.ts';
import { readRole, type From } from './role-files.ts';
import type { RawTask } from './raw.ts';

/** The options of `import_role` and `include_role`. */
export interface RoleOptions {
  readonly name: string;
  readonly tasks_from?: string;
  readonly vars_from?: string;
  readonly defaults_from?: string;
  readonly handlers_from?: string;
  readonly allow_duplicates?: boolean;
}

interface Taken extends ReadTasks {
  readonly handlers: readonly RawTask[];
  /** What the play may see of it. */
  readonly defaults: Vars;
  readonly vars: Vars;
}

const NOTHING = { tasks: [], handlers: [], defaults: new Map(), vars: new Map() } as const;

const shape = { label: 'role', schema: schemaOf(blockKeywords) };

/** The roles of a play, in their order: their tasks, handlers and variables. */
export function readRoles(value: unknown, at: At, around: Around, reading: Reading): Taken {
  if (value === undefined || value === null) return { ...NOTHING, problems: [] };
  if (!Array.isArray(value)) return { ...NOTHING, problems: [wrongType('play.roles', 'a list of roles', value, at)] };
  return joined(value.map((one: unknown, index) => entry(one, { ...at, path: [...at.path, index] }, around, reading)));
}

/** A role in place of a task. */
export function takeRole(options: RoleOptions, at: At, around: Around, reading: Reading): ReadTasks {
  const { name, tasks_from, vars_from, defaults_from, handlers_from, allow_duplicates } = options;
  const from = { tasks: tasks_from, vars: vars_from, defaults: defaults_from, handlers: handlers_from };
  const given = { from, params: new Map(), vars: new Map(), words: {}, again: allow_duplicates !== false };
  const { tasks, handlers, problems } = taken(name, given, at, around, reading);
  reading.handlers.push(...handlers);
  return { tasks, problems };
}

/** A role of `roles` or `dependencies`: its name, or a mapping of it, keywords and parameters. */
function entry(value: unknown, at: At, around: Around, reading: Reading): Taken {
  const known = typeof value === 'string' ? { role: value } : value;
  if (!isMapping(known)) return { ...NOTHING, problems: [wrongType('a role', 'a name or a mapping', value, at)] };
  const word = 'name' in known && !('role' in known) ? 'name' : 'role';
  const name = known[word];
  if (typeof name !== 'string' || name === '') {
    return { ...NOTHING, problems: [{ code: 'MISSING_KEY', message: 'role: "role" is missing', place: placeOf(at) }] };
  }
  const isKeyword = (key: string): boolean => blockKeywords.has(key) && key !== 'name';
  const { value: words, problems } = readKeywords(
    Object.fromEntries(Object.entries(known).filter(([key]) => isKeyword(key))),
    shape,
    blockKeywords,
    at,
  );
  const keywords = Object.fromEntries(Object.entries(known).filter(([key]) => isKeyword(key)));
  const wrong = [...problems, ...strayWords(keywords, [], blockKeywords, at)];
  const params = varsOf(
    Object.fromEntries(Object.entries(known).filter(([key]) => key !== word && !isKeyword(key))),
    at,
  );
  const { vars, ...rest } = words as Handed & { readonly vars?: Readonly<Record<string, unknown>> };
  const varsAt = { ...at, path: [...at.path, 'vars'] };
  const given = { from: {}, params, vars: varsOf(vars, varsAt), words: keywords, again: false };
  const nameAt = typeof value === 'string' ? at : { ...at, path: [...at.path, word] };
  const found = taken(name, given, nameAt, inside(around, rest, at), reading);
  return { ...found, problems: [...wrong, ...found.problems] };
}

interface Given {
  readonly from: From;
  readonly params: Vars;
  /** The variables that stand beside its name. */
  readonly vars: Vars;
  /** The keywords that stand there. */
  readonly words: unknown;
  /** Whether it may be done although it was done already. */
  readonly again: boolean;
}

function taken(
  name: string,
  { from, params, vars, words, again }: Given,
  at: At,
  around: Around,
  reading: Reading,
): Taken {
  const outer = around.role;
  const parents = outer ? [...outer.parents, outer.name] : [];
  if (parents.includes(name)) {
    const circle = [...parents.slice(parents.indexOf(name)), name].join(' -> ');
    return { ...NOTHING, problems: [cycle(circle, at)] };
  }
  // As Ansible: the same role with the same of everything is done once in a play.
  const plain = (some: Vars): unknown => [...some].map(([key, { value }]) => [key, value]);
  const key = JSON.stringify([name, from, plain(params), plain(vars), words]);
  if (!again && reading.done.has(key)) return { ...NOTHING, problems: [] };
  reading.done.add(key);
  const files = readRole(name, from, reading, at, outer?.path);
  if (!('path' in files)) return { ...NOTHING, problems: files.problems };

  const bare: Role = {
    name,
    path: files.path,
    parents,
    defaults: new Map([...(outer?.defaults ?? []), ...files.defaults]),
    vars: new Map([...(outer?.vars ?? []), ...vars, ...files.vars]),
    params: new Map([...(outer?.params ?? []), ...params]),
  };
  const below = { ...around, role: bare };
  const before = joined(files.dependencies.map((one) => entry(one.value, one.at, below, reading)));
  const role: Role = {
    ...bare,
    defaults: new Map([...(outer?.defaults ?? []), ...before.defaults, ...files.defaults]),
    vars: new Map([...(outer?.vars ?? []), ...before.vars, ...vars, ...files.vars]),
  };
  const inner = { ...around, role };
  const read = (source: typeof files.tasks, where: Around): ReadTasks => {
    if (!source) return { tasks: [], problems: [] };
    return reading.tasks(source.value, { source, path: [] }, { ...where, files: [...where.files, source.file] });
  };
  const tasks = read(files.tasks, inner);
  const handlers = read(files.handlers, { ...inner, frames: [] });
  return {
    tasks: [...before.tasks, ...tasks.tasks],
    handlers: [...before.handlers, ...handlers.tasks],
    defaults: role.defaults,
    vars: new Map([...role.vars, ...params]),
    problems: [...files.problems, ...before.problems, ...tasks.problems, ...handlers.problems],
  };
}

const joined = (all: readonly Taken[]): Taken => ({
  tasks: all.flatMap(({ tasks }) => tasks),
  handlers: all.flatMap(({ handlers }) => handlers),
  defaults: new Map(all.flatMap(({ defaults }) => [...defaults])),
  vars: new Map(all.flatMap(({ vars }) => [...vars])),
  problems: all.flatMap(({ problems }) => problems),
});

const cycle = (circle: string, at: At): Problem => ({
  code: 'ROLE_CYCLE',
  message: `a role takes itself in: ${circle}`,
  place: placeOf(at),
  hint: 'take one of them out of the other',
});
