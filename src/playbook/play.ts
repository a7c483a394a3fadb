import { nearest, type Problem } from '../error.ts';
import type { At } from '../source.ts';
import { isMapping, type Shape } from '../validate.ts';
import { inside, listed, OUTSIDE, tagsOf, varsOf, type Around, type Given, type Handed, type Vars } from './around.ts';
import { playKeywords, SECTIONS, taskKeywords } from './keywords.ts';
import { beside, take } from './library.ts';
import { metaTask } from './meta.ts';
import { notYet, unknownKeyword, wrongType } from './problems.ts';
import { readKeywords, schemaOf } from './read.ts';
import type { Reading } from './reading.ts';
import { varsIn } from './role-files.ts';
import { readRoles } from './role.ts';
import type { RawTask } from './raw.ts';
import { readTasks } from './tasks.ts';

/** A play as it was written: its texts may be templates, and so may stand for what is no text. */
export interface RawPlay {
  readonly at: At;
  readonly name?: string | undefined;
  /** Ansible's pattern; a list is joined by commas. */
  readonly hosts: string;
  readonly lab?: string | undefined;
  readonly tags: readonly string[];
  readonly vars: Vars;
  readonly prompts: readonly VarsPrompt[];
  /** Files of variables; those whose names are known were read already. */
  readonly varsFiles: readonly VarsFile[];
  /** What the play sees of its roles: weaker than all other variables, and stronger than its own. */
  readonly roleDefaults: Vars;
  readonly roleVars: Vars;
  readonly gatherFacts?: Given | undefined;
  readonly become?: boolean | string | undefined;
  readonly becomeUser?: string | undefined;
  readonly connection?: string | undefined;
  readonly remoteUser?: string | undefined;
  /** In seconds. */
  readonly confirm?: number | undefined;
  /** Sizes of the batches; none where all hosts go together. */
  readonly serial: readonly Given[];
  readonly maxFailPercentage?: Given | undefined;
  readonly forceHandlers?: Given | undefined;
  readonly strategy: 'linear' | 'free' | 'host_pinned';
  readonly order?: 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted' | 'shuffle' | undefined;
  /** In the order in which they are done, with the places where handlers run. */
  readonly tasks: readonly RawTask[];
  readonly handlers: readonly RawTask[];
}

/** A variable that a person is asked for. */
export interface VarsPrompt {
  readonly name: string;
  readonly text: string;
  readonly hidden: boolean;
  readonly fallback?: unknown;
  /** Asked twice. */
  readonly confirm: boolean;
  readonly at: At;
}

/** The names of one file, each tried where the one before it is not there. */
export interface VarsFile {
  readonly names: readonly Given[];
  read(names: readonly string[]): { readonly vars: Vars; readonly problems: readonly Problem[] };
}

export const playShape: Shape = { label: 'play', schema: schemaOf(playKeywords, ['hosts']) };

const WORDS = [...SECTIONS, ...playKeywords.keys()];

export interface PlayContext extends Omit<Reading, 'tasks' | 'handlers' | 'done'> {
  /** The playbook that holds the play. */
  readonly file: string;
}

/** No play where the value is none; else as much of it as could be read. */
export function readPlay(
  value: unknown,
  at: At,
  context: PlayContext,
): { readonly play?: RawPlay; readonly problems: Problem[] } {
  if (!isMapping(value)) return { problems: [wrongType('a play', 'a mapping', value, at)] };
  const words = Object.keys(value).flatMap((word) => wordProblem(word, at, context));
  const { value: known, problems } = readKeywords(value, playShape, playKeywords, at);
  const reading: Reading = {
    ...context,
    handlers: [],
    done: new Set(),
    tasks: (tasks, where, around) => readTasks(tasks, where, around, reading),
  };
  // How to reach the hosts is a matter of the play, and none of its tasks.
  const handed = { ...(known as Words), name: undefined, vars: {}, connection: undefined };
  const around: Around = { ...inside(OUTSIDE, handed, at), tags: [tagsOf(handed.tags)], files: [context.file] };
  const part = (word: string): At => ({ ...at, path: [...at.path, word] });
  const read = (word: (typeof SECTIONS)[number]) => readTasks(value[word], part(word), around, reading, `play.${word}`);
  const roles = readRoles(value.roles, part('roles'), around, reading);
  const [before, tasks, after, handlers] = [read('pre_tasks'), read('tasks'), read('post_tasks'), read('handlers')];
  const all = [...roles.handlers, ...handlers.tasks, ...reading.handlers];
  const flush = all.length === 0 ? [] : [metaTask('flush_handlers', at, { ...OUTSIDE, tags: [['always']] })];
  const flushed = (some: readonly RawTask[]): readonly RawTask[] => (some.length === 0 ? [] : [...some, ...flush]);
  // Misspelt is not missing as well.
  const isMeant = Object.keys(value).some((word) => !playKeywords.has(word) && nearest(word, WORDS) === 'hosts');
  const told = problems.filter(({ code }) => code !== 'MISSING_KEY' || !isMeant);
  const files = varsFiles((known as Words).vars_files, part('vars_files'), context);
  return {
    play: {
      ...playOf(known as Words, at),
      varsFiles: files,
      roleDefaults: roles.defaults,
      roleVars: roles.vars,
      tasks: [...flushed(before.tasks), ...flushed([...roles.tasks, ...tasks.tasks]), ...flushed(after.tasks)],
      handlers: all,
    },
    problems: [...words, ...told, ...[before, roles, tasks, after, handlers].flatMap((one) => one.problems)],
  };
}

function wordProblem(word: string, at: At, { kinds }: PlayContext): Problem[] {
  const keyword = playKeywords.get(word);
  if ((SECTIONS as readonly string[]).includes(word) || keyword?.implemented) return [];
  if (keyword) return [notYet(word, at, keyword.instead)];
  const belongs = kinds.has(word) || taskKeywords.has(word) ? 'it belongs to a task: put it under tasks' : undefined;
  return [unknownKeyword('play', word, at, WORDS, belongs)];
}

function varsFiles(value: unknown, at: At, { library, folder, file }: PlayContext): VarsFile[] {
  if (value === undefined) return [];
  return [value].flat(1).map((one: unknown, index): VarsFile => {
    const where = Array.isArray(value) ? { ...at, path: [...at.path, index] } : at;
    const read = (names: readonly string[]): ReturnType<VarsFile['read']> => {
      const candidates = names.flatMap((name) => [beside(folder, name), beside(`${folder}/vars`, name)]);
      const found = take(library, candidates, [file], `file ${names.join(', ')}`, where);
      const problems = [...found.problems];
      const vars: Vars = 'path' in found && found.source ? varsIn(found.source, problems) : new Map();
      return { vars, problems };
    };
    return { names: listed(one, where), read };
  });
}

interface Words extends Handed {
  readonly name?: string;
  readonly hosts?: string | readonly string[];
  readonly lab?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly vars_files?: unknown;
  readonly vars_prompt?: readonly WrittenPrompt[];
  readonly gather_facts?: boolean | string;
  readonly become?: boolean | string;
  readonly become_user?: string;
  readonly connection?: string;
  readonly remote_user?: string;
  readonly confirm?: string | number;
  readonly serial?: unknown;
  readonly max_fail_percentage?: unknown;
  readonly force_handlers?: unknown;
  readonly strategy: RawPlay['strategy'];
  readonly order?: RawPlay['order'];
}

interface WrittenPrompt {
  readonly name: string;
  readonly prompt?: string;
  readonly private: boolean | string;
  readonly default?: unknown;
  readonly confirm: boolean;
}

const promptOf = (one: WrittenPrompt, at: At): VarsPrompt => ({
  name: one.name,
  text: one.prompt ?? one.name,
  hidden: !/^(false|no|off|0)$/i.test(String(one.private)),
  fallback: one.default,
  confirm: one.confirm,
  at,
});

/** `60`, `60s` and `1m` are the same. */
const secondsOf = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('m') ? 60 : 1);

function playOf(words: Words, at: At) {
  const below = (word: string): At => ({ ...at, path: [...at.path, word] });
  const given = (value: unknown, word: string): Given | undefined =>
    value === undefined ? undefined : { value, at: below(word) };
  return {
    at,
    name: words.name,
    hosts: [words.hosts]
      .flat()
      .filter((one) => typeof one === 'string')
      .join(','),
    lab: words.lab,
    tags: tagsOf(words.tags),
    vars: varsOf(words.vars, below('vars')),
    prompts: listed(words.vars_prompt, below('vars_prompt')).map((one) => promptOf(one.value as WrittenPrompt, one.at)),
    gatherFacts: given(words.gather_facts, 'gather_facts'),
    become: words.become,
    becomeUser: words.become_user,
    connection: words.connection,
    remoteUser: words.remote_user,
    confirm: words.confirm === undefined ? undefined : secondsOf(String(words.confirm)),
    serial: listed(words.serial, below('serial')),
    maxFailPercentage: given(words.max_fail_percentage, 'max_fail_percentage'),
    forceHandlers: given(words.force_handlers, 'force_handlers'),
    strategy: words.strategy,
    order: words.order,
  };
}
