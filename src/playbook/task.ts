import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Kind } from '../task.ts';
import { isMapping, validateRaw, type Shape } from '../validate.ts';
import { findKind } from './kind.ts';
import { taskKeywords } from './keywords.ts';
import { wrongType } from './problems.ts';
import { conditions, readKeywords, schemaOf } from './read.ts';

/** A task as it was written: any text of its options may be a template, and may stand for what is no text. */
export interface RawTask {
  /** Of the whole task. */
  readonly at: At;
  /** Of the kind's own value. */
  readonly argsAt: At;
  readonly name?: string | undefined;
  readonly kind: Kind;
  /** Without defaults; a bare text stands under the kind's free-form option already. */
  readonly args: unknown;
  /** All of them must be true. */
  readonly when: readonly (string | boolean)[];
  /** A list, or a template of one; nothing where the task is done once. */
  readonly loop?: unknown;
  readonly loopControl: LoopControl;
  readonly register?: string | undefined;
  /** Nothing where the kind itself decides. */
  readonly changedWhen?: readonly (string | boolean)[] | undefined;
  readonly failedWhen?: readonly (string | boolean)[] | undefined;
  readonly ignoreErrors?: boolean | string | undefined;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly adopt: boolean;
  readonly noLog: boolean;
}

export interface LoopControl {
  readonly loopVar: string;
  readonly indexVar?: string | undefined;
  readonly label?: string | undefined;
  /** `with_items`: lists among the rendered items are taken apart, one level deep. */
  readonly flatten: boolean;
}

export const taskShape: Shape = { label: 'task', schema: schemaOf(taskKeywords) };

/** No task where its kind cannot be told; else as much of it as could be read. */
export function readTask(
  value: unknown,
  at: At,
  kinds: ReadonlyMap<string, Kind>,
): { readonly task?: RawTask; readonly problems: Problem[] } {
  if (!isMapping(value)) return { problems: [wrongType('a task', 'a mapping', value, at)] };
  const { value: known, problems } = readKeywords(value, taskShape, taskKeywords, at);
  const { kind, problems: words } = findKind(value, at, kinds);
  const all = [...problems, ...words, ...loopProblems(value, at)];
  if (!kind) return { problems: all };

  const argsAt = { ...at, path: [...at.path, kind.kind] };
  const args = withFreeForm(kind, value[kind.kind]);
  return {
    task: taskOf(known as Words, kind, args, at, argsAt),
    problems: [...all, ...validateRaw(kind, args, argsAt)],
  };
}

/** The options in full: `fail:` alone is a task too. */
function withFreeForm({ freeForm, schema }: Kind, args: unknown): unknown {
  if (args === null && freeForm === undefined && schema.required === undefined) return {};
  return freeForm !== undefined && typeof args === 'string' ? { [freeForm]: args } : args;
}

function loopProblems(value: Record<string, unknown>, at: At): Problem[] {
  if ('loop' in value && 'with_items' in value) {
    const place = placeOf(at, ['with_items'], 'key');
    const other = { note: 'the other is at', place: placeOf(at, ['loop'], 'key') };
    return [{ code: 'CONFLICT', message: 'task: one loop is enough', place, hint: 'keep loop', other }];
  }
  if (!('loop_control' in value) || 'loop' in value || Object.keys(value).some((word) => word.startsWith('with_')))
    return [];
  const place = placeOf(at, ['loop_control'], 'key');
  return [{ code: 'CONFLICT', message: 'task.loop_control: there is no loop', place, hint: 'add loop' }];
}

interface Words {
  readonly name?: string;
  readonly when?: unknown;
  readonly loop?: unknown;
  readonly with_items?: unknown;
  readonly loop_control: { readonly loop_var: string; readonly index_var?: string; readonly label?: string };
  readonly register?: string;
  readonly changed_when?: unknown;
  readonly failed_when?: unknown;
  readonly ignore_errors?: boolean | string;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly adopt: boolean;
  readonly no_log: boolean;
}

function taskOf(words: Words, kind: Kind, args: unknown, at: At, argsAt: At): RawTask {
  const { loop, with_items, loop_control, changed_when, failed_when } = words;
  const { loop_var, index_var, label } = loop_control;
  return {
    at,
    argsAt,
    name: words.name,
    kind,
    args,
    when: conditions(words.when),
    loop: loop ?? with_items,
    loopControl: { loopVar: loop_var, indexVar: index_var, label, flatten: with_items !== undefined },
    register: words.register,
    changedWhen: changed_when === undefined ? undefined : conditions(changed_when),
    failedWhen: failed_when === undefined ? undefined : conditions(failed_when),
    ignoreErrors: words.ignore_errors,
    vars: words.vars ?? {},
    adopt: words.adopt,
    noLog: words.no_log,
  };
}
