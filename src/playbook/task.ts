import type { Problem } from '../error.ts';
import { hushed } from '../hushed.ts';
import { hideLines, placeOf, Unsafe, type At } from '../source.ts';
import type { Kind } from '../task.ts';
import { isMapping, validateRaw, type Shape } from '../validate.ts';
import { inside, listed, type Around, type Given, type Handed } from './around.ts';
import { findKind } from './kind.ts';
import { ACTIONS, taskKeywords } from './keywords.ts';
import { LOOPS } from './loops.ts';
import { wrongType } from './problems.ts';
import { conditions, readKeywords, schemaOf } from './read.ts';
import type { RawTask } from './raw.ts';

export const taskShape: Shape = { label: 'task', schema: schemaOf(taskKeywords) };

/** No task where its kind cannot be told; else as much of it as could be read. */
export function readTask(
  value: Readonly<Record<string, unknown>>,
  at: At,
  around: Around,
  kinds: ReadonlyMap<string, Kind>,
): { readonly task?: RawTask; readonly problems: readonly Problem[] } {
  const isHidden = mayBeHidden(value.no_log ?? around.noLog?.value);
  if (isHidden) hideLines(at, value);
  const { value: known, problems } = readKeywords(value, taskShape, taskKeywords, at);
  const action = ACTIONS.find((one) => one in value);
  const named = action === undefined ? value : withKind(value, action);
  const { word, kind, problems: wrong } = findKind(named, at, kinds);
  const all = [...problems, ...wrong, ...loopProblems(value, at)];
  if (!kind || word === undefined) return { problems: all };

  const argsAt = { ...at, path: [...at.path, action ?? word] };
  const args = withMore(withFreeForm(kind, named[word]), value.args);
  const here: Around =
    action === 'local_action' ? { ...around, delegateTo: { value: 'localhost', at: argsAt } } : around;
  const wrongOnes = [...all, ...validateRaw(kind, args, argsAt), ...nameless(kind, args, argsAt)];
  return {
    task: taskOf(known as Words, kind, args, at, argsAt, here),
    problems: isHidden ? hushed(wrongOnes, args) : wrongOnes,
  };
}

/** Whether `no_log` says, or may come to say, that nothing of a task is to be seen. */
export const mayBeHidden = (noLog: unknown): boolean => noLog !== undefined && noLog !== false;

/** Which variables a task sets has to be written: everything that uses them is found by their names. */
const nameless = (kind: Kind, args: unknown, at: At): Problem[] =>
  'sets' in kind && typeof args === 'string'
    ? [{ ...wrongType(kind.kind, 'a mapping', args, at), hint: 'the names of the variables have to stand here' }]
    : [];

/** `local_action: command uptime` and `{module: command, cmd: uptime}` name their kind in the value. */
function withKind(value: Readonly<Record<string, unknown>>, action: (typeof ACTIONS)[number]) {
  const { [action]: given, ...others } = value;
  const { module, ...options } = isMapping(given) ? given : {};
  const [, first = action, words = ''] = typeof given === 'string' ? (/^\s*(\S+)\s*([^]*)$/.exec(given) ?? []) : [];
  if (typeof module === 'string') return { ...others, [module]: Object.keys(options).length === 0 ? null : options };
  return { ...others, [first]: words === '' ? null : words };
}

/** The options in full: `fail:` alone is a task too. */
function withFreeForm({ freeForm, schema }: Kind, args: unknown): unknown {
  if (args === null && freeForm === undefined && schema.required === undefined) return {};
  return freeForm !== undefined && (typeof args === 'string' || args instanceof Unsafe) ? { [freeForm]: args } : args;
}

/** What stands under `args` counts as the kind's own options. */
const withMore = (args: unknown, more: unknown): unknown =>
  isMapping(more) && (isMapping(args) || args === null) ? { ...more, ...args } : args;

export function loopProblems(value: Readonly<Record<string, unknown>>, at: At): Problem[] {
  const [first, ...more] = LOOPS.filter((word) => word in value);
  if (first !== undefined && more.length > 0) {
    const other = { note: 'the other is at', place: placeOf(at, [first], 'key') };
    const hint = `keep ${first}`;
    const message = 'task: one loop is enough';
    return more.map((word) => ({ code: 'CONFLICT', message, place: placeOf(at, [word], 'key'), hint, other }));
  }
  if (!('loop_control' in value) || first !== undefined || Object.keys(value).some((word) => word.startsWith('with_')))
    return [];
  const place = placeOf(at, ['loop_control'], 'key');
  return [{ code: 'CONFLICT', message: 'task.loop_control: there is no loop', place, hint: 'add loop' }];
}

export interface LoopWords extends Handed, Readonly<Partial<Record<(typeof LOOPS)[number], unknown>>> {
  readonly name?: string;
  readonly loop_control?: {
    readonly loop_var: string;
    readonly index_var?: string;
    readonly label?: string;
    readonly pause?: number;
    readonly extended: boolean;
    readonly extended_allitems: boolean;
  };
}

interface Words extends LoopWords {
  readonly register?: string;
  readonly changed_when?: unknown;
  readonly failed_when?: unknown;
  readonly until?: unknown;
  readonly retries?: unknown;
  readonly delay?: unknown;
  readonly timeout?: unknown;
  readonly async?: unknown;
  readonly poll?: unknown;
  readonly notify?: unknown;
  readonly listen?: string | readonly string[];
  readonly adopt: boolean;
}

/** The loop of a task, or of what takes in others. */
export function loopOf(words: LoopWords) {
  const control = words.loop_control;
  const word = LOOPS.find((one) => words[one] !== undefined) ?? 'loop';
  return {
    loop: words[word],
    loopControl: {
      loopVar: control?.loop_var ?? 'item',
      indexVar: control?.index_var,
      label: control?.label,
      pauseSeconds: control?.pause ?? 0,
      extended:
        control?.extended !== true ? undefined : control.extended_allitems ? ('whole' as const) : ('place' as const),
      word,
    },
  };
}

function taskOf(words: Words, kind: Kind, args: unknown, at: At, argsAt: At, around: Around): RawTask {
  const below = (word: string): At => ({ source: at.source, path: [...at.path, word] });
  const given = (word: 'retries' | 'delay' | 'timeout' | 'async' | 'poll'): Given | undefined =>
    words[word] === undefined ? undefined : { value: words[word], at: below(word) };
  const all = (value: unknown) => (value === undefined ? undefined : conditions(value));
  const own = inside(around, words, at);
  return {
    ...own,
    at,
    argsAt,
    name: words.name,
    kind,
    args,
    ...loopOf(words),
    register: words.register,
    changedWhen: all(words.changed_when),
    failedWhen: all(words.failed_when),
    until: all(words.until),
    retries: given('retries'),
    delay: given('delay'),
    timeout: given('timeout') ?? given('async'),
    async: given('async'),
    poll: given('poll'),
    notify: listed(words.notify, below('notify')),
    topics: [...around.topics, ...[words.listen ?? []].flat()],
    adopt: words.adopt,
  };
}
