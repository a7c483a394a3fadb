import type { At } from '../source.ts';

/** A value as it was written, and where: a text in it may be a template. */
export interface Given {
  readonly value: unknown;
  readonly at: At;
  /** It is rendered already: what looks like a template in it is data. */
  readonly isData?: boolean;
}

export type Vars = ReadonlyMap<string, Given>;

/** A block with a rescue or an always around a task, and the part of it in which the task stands. */
export interface Frame {
  /** The same for all parts of one block, and for no other block of the playbook. */
  readonly block: number;
  readonly part: 'block' | 'rescue' | 'always';
  /** Whether a failure in its first part is one that its rescue takes care of. */
  readonly rescues: boolean;
}

/** A role where its tasks stand. */
export interface Role {
  readonly name: string;
  /** Its folder. */
  readonly path: string;
  /** The roles that it was taken in by, outermost first. */
  readonly parents: readonly string[];
  /** Weaker than every other variable. */
  readonly defaults: Vars;
  readonly vars: Vars;
  /** What it was given where it was named; stronger than what any task sets. */
  readonly params: Vars;
}

/** What plays, roles, blocks and imports hand down to the tasks inside of them. */
export interface Around {
  /** Outermost first. */
  readonly frames: readonly Frame[];
  /** All of them must be true; outermost first. */
  readonly when: readonly Given[];
  /** Each list must be chosen by --tags and --skip-tags: the task's own, and one of each include around it. */
  readonly tags: readonly (readonly string[])[];
  readonly vars: Vars;
  /** Outermost first. */
  readonly environment: readonly Given[];
  readonly role?: Role | undefined;
  readonly become?: Given | undefined;
  readonly becomeUser?: Given | undefined;
  readonly noLog?: Given | undefined;
  readonly ignoreErrors?: Given | undefined;
  readonly anyErrorsFatal?: Given | undefined;
  readonly checkMode?: Given | undefined;
  readonly runOnce?: Given | undefined;
  readonly delegateTo?: Given | undefined;
  readonly throttle?: number | undefined;
  /** Only for these; an include may be another file on another host. */
  readonly hosts?: ReadonlySet<string> | undefined;
  /** The files whose tasks are being read, outermost first. */
  readonly files: readonly string[];
  /** More names by which its tasks are notified, where they are handlers. */
  readonly topics: readonly string[];
}

/** The checked keywords that go into an `Around`. */
export interface Handed {
  readonly when?: unknown;
  readonly tags?: unknown;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly environment?: unknown;
  readonly throttle?: number;
  /** Of a task or block. */
  readonly connection?: unknown;
}

const SINGLE = {
  become: 'become',
  become_user: 'becomeUser',
  no_log: 'noLog',
  ignore_errors: 'ignoreErrors',
  any_errors_fatal: 'anyErrorsFatal',
  check_mode: 'checkMode',
  run_once: 'runOnce',
  delegate_to: 'delegateTo',
} as const;

export const OUTSIDE: Around = {
  frames: [],
  when: [],
  tags: [[]],
  vars: new Map(),
  environment: [],
  files: [],
  topics: [],
};

/** What holds inside of something that stands at `at` and has these keywords. */
export function inside(around: Around, words: Handed, at: At): Around {
  const below = (...path: readonly (string | number)[]): At => ({ source: at.source, path: [...at.path, ...path] });
  const single = Object.entries(SINGLE).flatMap(([word, name]) => {
    const value = (words as Readonly<Record<string, unknown>>)[word];
    return value === undefined ? [] : [[name, { value, at: below(word) }] as const];
  });
  return {
    ...around,
    ...Object.fromEntries(single),
    ...(words.connection === undefined ? {} : { delegateTo: { value: 'localhost', at: below('connection') } }),
    when: [...around.when, ...listed(words.when, below('when'))],
    tags: tagged(around.tags, tagsOf(words.tags)),
    vars: new Map([...around.vars, ...varsOf(words.vars, below('vars'))]),
    environment: [...around.environment, ...listed(words.environment, below('environment'))],
    ...(words.throttle === undefined ? {} : { throttle: words.throttle }),
  };
}

/** One value, or each of a list with its own place. */
export const listed = (value: unknown, at: At): Given[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [{ value, at }];
  return value.map((one: unknown, index) => ({ value: one, at: { source: at.source, path: [...at.path, index] } }));
};

export const varsOf = (vars: Readonly<Record<string, unknown>> | undefined, at: At): Vars =>
  new Map(
    Object.entries(vars ?? {}).map(([name, value]) => [name, { value, at: { ...at, path: [...at.path, name] } }]),
  );

/** As Ansible: a list, or texts with commas. */
export const tagsOf = (tags: unknown): string[] =>
  tags === undefined
    ? []
    : [tags]
        .flat()
        .flatMap((one) => String(one as string | number).split(','))
        .map((tag) => tag.trim())
        .filter((tag) => tag !== '');

/** The innermost list is the one that goes on. */
const tagged = (sets: Around['tags'], more: readonly string[]): Around['tags'] =>
  more.length === 0 ? sets : [...sets.slice(0, -1), [...new Set([...(sets.at(-1) ?? []), ...more])]];
