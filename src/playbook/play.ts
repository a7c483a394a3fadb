import { nearest, type Problem } from '../error.ts';
import type { At } from '../source.ts';
import type { Kind } from '../task.ts';
import { isMapping, type Shape } from '../validate.ts';
import { playKeywords, taskKeywords } from './keywords.ts';
import { notYet, unknownKeyword, wrongType } from './problems.ts';
import { readKeywords, schemaOf } from './read.ts';
import { readTask, type RawTask } from './task.ts';

/** A play as it was written: its texts may be templates, and so may stand for what is no text. */
export interface RawPlay {
  readonly at: At;
  readonly name?: string | undefined;
  /** Ansible's pattern; a list is joined by commas. */
  readonly hosts: string;
  readonly lab?: string | undefined;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly gatherFacts?: boolean | string | undefined;
  readonly become?: boolean | string | undefined;
  readonly becomeUser?: string | undefined;
  readonly connection?: string | undefined;
  readonly remoteUser?: string | undefined;
  readonly tasks: readonly RawTask[];
}

export const playShape: Shape = { label: 'play', schema: schemaOf(playKeywords, ['hosts']) };

const WORDS = ['tasks', ...playKeywords.keys()];

/** No play where the value is none; else as much of it as could be read. */
export function readPlay(
  value: unknown,
  at: At,
  kinds: ReadonlyMap<string, Kind>,
): { readonly play?: RawPlay; readonly problems: Problem[] } {
  if (!isMapping(value)) return { problems: [wrongType('a play', 'a mapping', value, at)] };
  const words = Object.keys(value).flatMap((word) => wordProblem(word, at, kinds));
  // It has no hosts, and all of it is elsewhere.
  if ('import_playbook' in value) return { problems: words };

  const { value: known, problems } = readKeywords(value, playShape, playKeywords, at);
  const { tasks, problems: inside } = readTasks(value.tasks, { ...at, path: [...at.path, 'tasks'] }, kinds);
  // Misspelt is not missing as well.
  const isMeant = Object.keys(value).some((word) => !playKeywords.has(word) && nearest(word, WORDS) === 'hosts');
  const told = problems.filter(({ code }) => code !== 'MISSING_KEY' || !isMeant);
  return { play: playOf(known as Words, at, tasks), problems: [...words, ...told, ...inside] };
}

function wordProblem(word: string, at: At, kinds: ReadonlyMap<string, Kind>): Problem[] {
  const keyword = playKeywords.get(word);
  if (word === 'tasks' || keyword?.implemented) return [];
  if (keyword) return [notYet(word, at, keyword.instead)];
  const belongs = kinds.has(word) || taskKeywords.has(word) ? 'it belongs to a task: put it under tasks' : undefined;
  return [unknownKeyword('play', word, at, WORDS, belongs)];
}

function readTasks(value: unknown, at: At, kinds: ReadonlyMap<string, Kind>) {
  if (value === undefined || value === null) return { tasks: [], problems: [] };
  if (!Array.isArray(value)) return { tasks: [], problems: [wrongType('play.tasks', 'a list of tasks', value, at)] };
  const read = value.map((one: unknown, index) => readTask(one, { ...at, path: [...at.path, index] }, kinds));
  return { tasks: read.flatMap(({ task }) => task ?? []), problems: read.flatMap(({ problems }) => problems) };
}

interface Words {
  readonly name?: string;
  readonly hosts?: string | readonly string[];
  readonly lab?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly gather_facts?: boolean | string;
  readonly become?: boolean | string;
  readonly become_user?: string;
  readonly connection?: string;
  readonly remote_user?: string;
}

const playOf = (words: Words, at: At, tasks: readonly RawTask[]): RawPlay => ({
  at,
  name: words.name,
  hosts: [words.hosts ?? ''].flat().join(','),
  lab: words.lab,
  vars: words.vars ?? {},
  gatherFacts: words.gather_facts,
  become: words.become,
  becomeUser: words.become_user,
  connection: words.connection,
  remoteUser: words.remote_user,
  tasks,
});
