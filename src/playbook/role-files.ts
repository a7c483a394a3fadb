import type { Problem } from '../error.ts';
import { placeOf, type At, type Source } from '../source.ts';
import { isMapping } from '../validate.ts';
import { varsOf, type Vars } from './around.ts';
import { beside, take, type Library } from './library.ts';
import { wrongType } from './problems.ts';

/** Which of a role's files to take; `main` unless said. */
export interface From {
  readonly tasks?: string | undefined;
  readonly vars?: string | undefined;
  readonly defaults?: string | undefined;
  readonly handlers?: string | undefined;
}

export interface RoleFiles {
  readonly path: string;
  readonly tasks: Source | undefined;
  readonly handlers: Source | undefined;
  readonly defaults: Vars;
  readonly vars: Vars;
  readonly dependencies: readonly { readonly value: unknown; readonly at: At }[];
  readonly problems: readonly Problem[];
}

const ENDINGS = ['.yml', '.yaml', '.json', ''];

/** Where roles are looked for: beside the playbook, at the top of the project, and beside another role. */
const foldersOf = (folder: string, root: string, beside?: string): string[] => [
  `${folder}/roles`,
  ...(beside === undefined ? [] : [`${beside}/..`]),
  `${root}/roles`,
  folder,
];

/** Everything of a role but what its tasks say. */
export function readRole(
  name: string,
  from: From,
  { library, folder }: { readonly library: Library; readonly folder: string },
  at: At,
  other: string | undefined,
): RoleFiles | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const places = foldersOf(folder, library.root, other).map((one) => beside(one, name));
  const path = places.find((one) => library.real(one) !== undefined);
  if (path === undefined) {
    const shown = places.map((one) => (one.startsWith(`${library.root}/`) ? one.slice(library.root.length + 1) : one));
    const hint = `looked for ${[...new Set(shown)].join(', ')}`;
    return { problems: [{ code: 'NO_ROLE', message: `there is no role "${name}"`, place: placeOf(at), hint }] };
  }
  const file = (part: string, base: string | undefined): Source | undefined => {
    const stem = `${path}/${part}/${base ?? 'main'}`;
    const candidates = ENDINGS.map((ending) => `${stem}${ending}`);
    if (base === undefined && candidates.every((one) => library.read(one) === undefined)) return undefined;
    const found = take(library, candidates, [], `${base ?? 'main'} in ${path}/${part}`, at);
    problems.push(...found.problems);
    return 'path' in found ? found.source : undefined;
  };
  const vars = (part: string, base: string | undefined): Vars => {
    const source = file(part, base);
    if (source) return varsIn(source, problems);
    return new Map();
  };
  const meta = file('meta', undefined);
  const files = {
    tasks: file('tasks', from.tasks),
    handlers: file('handlers', from.handlers),
    defaults: vars('defaults', from.defaults),
    vars: vars('vars', from.vars),
  };
  return { path, ...files, dependencies: meta ? dependenciesOf(meta, problems) : [], problems };
}

/** A file that is a mapping of variables. */
export function varsIn(source: Source, problems: Problem[]): Vars {
  const root: At = { source, path: [] };
  const value = source.value ?? {};
  if (isMapping(value)) return varsOf(value, root);
  problems.push(wrongType('a file of variables', 'a mapping', value, root));
  return new Map();
}

function dependenciesOf(source: Source, problems: Problem[]): RoleFiles['dependencies'] {
  const value = isMapping(source.value) ? (source.value.dependencies ?? []) : [];
  const at: At = { source, path: ['dependencies'] };
  if (Array.isArray(value))
    return value.map((one: unknown, index) => ({ value: one, at: { source, path: [...at.path, index] } }));
  problems.push(wrongType('dependencies', 'a list of roles', value, at));
  return [];
}
