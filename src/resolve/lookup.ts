import { NetwrightError } from '../error.ts';
import { isMapping } from '../validate.ts';
import { regex, type AtPath, type Scope } from '../template.ts';
import { sequence } from './sequence.ts';
import { MANAGED, type Near, type Renderer } from './render.ts';

export type SourceFolder = 'files' | 'templates' | 'vars';

/** What lookups may know of the project and of this machine. */
export interface Surroundings {
  /** The whole path of a file of the project; nothing where it is not there. */
  find(name: string, folder: SourceFolder, near: Near): string | undefined;
  /** The files whose names fit, in their order. */
  glob(pattern: string, near: Near): readonly string[];
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /** What is at a path, from the playbook's folder on. Throws a `TypeError` for what is outside of the project. */
  about(path: string): AtPath;
}

/** Where there is no project. */
export const NOWHERE: Surroundings = {
  find: () => undefined,
  glob: () => [],
  env: () => undefined,
  about: () => ({ is: 'nothing', isLink: false }),
};

interface Given {
  readonly terms: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly scope: Scope;
  readonly renderer: Renderer;
  readonly surroundings: Surroundings;
  readonly near: Near;
  /** Where `first_found` looks besides. */
  readonly folder: SourceFolder;
}

type Lookup = (given: Given) => readonly unknown[];

/** Ansible's lookups, as far as their answer is the same in every run of the same project. */
const LOOKUPS: Readonly<Record<string, Lookup>> = {
  items: ({ terms }) => terms.flat(1),
  list: ({ terms }) => terms,
  flattened: ({ terms }) => terms.flat(Infinity),
  indexed_items: ({ terms }) => terms.flat(1).map((item, index) => [index, item]),
  dict: ({ terms }) =>
    terms.flat(1).flatMap((one) => Object.entries(mappingOf(one)).map(([key, value]) => ({ key, value }))),
  nested: ({ terms }) => product(terms),
  cartesian: ({ terms }) => product(terms),
  together: ({ terms }) => {
    const lists = terms.map((one) => [one].flat(1));
    const length = Math.max(0, ...lists.map((list) => list.length));
    return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? null));
  },
  subelements: ({ terms: [items, path, more], options }) => {
    const keys = textOf(path).split('.');
    const skips = (isMapping(more) ? more.skip_missing : options.skip_missing) === true;
    return (isMapping(items) ? Object.values(items) : listOf(items)).flatMap((item) => {
      const inner = keys.reduce<unknown>((one, key) => (isMapping(one) ? one[key] : undefined), item);
      if (inner === undefined && skips) return [];
      return listOf(inner).map((one) => [item, one]);
    });
  },
  sequence: ({ terms, options }) =>
    terms.length > 0
      ? terms.flatMap((term) => sequence(textOf(term)))
      : sequence(
          Object.entries(options)
            .map((pair) => pair.join('='))
            .join(' '),
        ),
  env: ({ terms, options, surroundings }) =>
    terms.map((name) => surroundings.env(textOf(name)) ?? options.default ?? ''),
  vars: ({ terms, options, scope }) =>
    terms.flat(1).map((name) => {
      const value = scope.get(textOf(name)) ?? options.default;
      if (value === undefined) throw new TypeError(`no variable has the name "${textOf(name)}"`);
      return value;
    }),
  varnames: ({ terms, scope }) =>
    terms.flatMap((term) => {
      const pattern = regex(term, {}, '');
      return scope.names().filter((name) => pattern.test(name));
    }),
  file: (given) =>
    given.terms.flat(1).map((name) => {
      const text = textOfFile(given, textOf(name), false);
      const left = given.options.lstrip === true ? text.trimStart() : text;
      return given.options.rstrip === false ? left : left.trimEnd();
    }),
  template: (given) => given.terms.flat(1).map((name) => textOfFile(given, textOf(name), true)),
  fileglob: ({ terms, surroundings, near }) => terms.flat(1).flatMap((term) => surroundings.glob(textOf(term), near)),
  first_found: (given) => firstFound(given),
};

/** The rest of Ansible's, and what does their work. */
const REFUSED: Readonly<Record<string, string>> = {
  pipe: 'run the program in a task with delegate_to: localhost, run_once and register',
  lines: 'run the program in a task with delegate_to: localhost, run_once and register',
  url: 'fetch it in a task with delegate_to: localhost, run_once and register',
  password: 'keep the password in a vault',
  random_choice: 'a plan must not depend on chance',
  inventory_hostnames: 'use groups, as in groups.web | difference(groups.old)',
  dig: 'a plan must not depend on names outside; put the address into the inventory',
  unvault: "use lookup('file', …), which opens what is encrypted",
};

const lookupNames = Object.keys(LOOKUPS);

/** What a lookup finds, nothing where its mistake is to be passed over; a mistake is a `TypeError`, or whatever the scope throws. */
export function lookUp(name: string, given: Given): readonly unknown[] | undefined {
  const bare = name.replace(/^ansible\.(builtin|legacy)\./, '');
  const lookup = LOOKUPS[bare];
  if (!Object.hasOwn(LOOKUPS, bare) || !lookup) {
    const way = Object.hasOwn(REFUSED, bare) ? REFUSED[bare]! : `there are ${lookupNames.join(', ')}`;
    throw new TypeError(`"${name}" is not available: ${way}`);
  }
  if (given.options.errors === undefined || given.options.errors === 'strict') return lookup(given);
  try {
    return lookup(given);
  } catch (error) {
    if (error instanceof TypeError || error instanceof NetwrightError) return undefined;
    throw error;
  }
}

function firstFound({ terms, options, surroundings, near, folder }: Given): readonly string[] {
  const all = terms.length === 0 ? [options] : terms.flat(1);
  let skips = options.skip === true;
  for (const term of all) {
    const { files = term, paths = [], skip } = isMapping(term) ? term : {};
    if (isMapping(term)) skips = skip === true;
    const folders = words(paths);
    for (const file of words(files)) {
      for (const name of folders.length === 0 ? [file] : folders.map((path) => `${path}/${file}`)) {
        const found = surroundings.find(name, folder, near);
        if (found !== undefined) return [found];
      }
    }
  }
  if (skips) return [];
  const names = all.flatMap((term) => words(isMapping(term) ? term.files : term));
  throw new TypeError(`none of the files is there: ${names.join(', ')}; with skip: true that would be no mistake`);
}

/** A list, or texts with commas and the like between them. */
const words = (value: unknown): string[] =>
  value === undefined || value === null
    ? []
    : [value]
        .flat(Infinity)
        .flatMap((one) => textOf(one).split(/[,;]/))
        .map((one) => one.trim())
        .filter((one) => one !== '');

function textOfFile({ renderer, scope, near, options }: Given, name: string, template: boolean): string {
  const wants = { option: '', path: name, folder: template ? 'templates' : 'files', template } as const;
  const more: Readonly<Record<string, unknown>> = isMapping(options.template_vars) ? options.template_vars : {};
  const value = (one: string): unknown => {
    if (Object.hasOwn(more, one)) return more[one];
    return scope.get(one) ?? (one === 'ansible_managed' ? MANAGED : undefined);
  };
  const own: Scope = template ? { ...wrapped(scope), get: value } : scope;
  const { folder, files } = renderer.sources(wants, undefined, own, near);
  if (folder || !files[0]) throw new TypeError(`${name} is a folder`);
  return files[0].content.toString('utf8');
}

const wrapped = (scope: Scope): Scope => ({
  get: (name) => scope.get(name),
  names: () => scope.names(),
  lookup: (name, terms, options) => scope.lookup!(name, terms, options),
  about: (path) => scope.about!(path),
});

function product(terms: readonly unknown[]): unknown[][] {
  if (terms.length === 0) throw new TypeError('needs a list of lists');
  return terms
    .map((one): readonly unknown[] => [one].flat(1))
    .reduce<unknown[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new TypeError('a text is needed');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError('a list is needed');
}

function mappingOf(value: unknown): Readonly<Record<string, unknown>> {
  if (isMapping(value)) return value;
  throw new TypeError('a mapping is needed; to go through a list, use loop');
}
