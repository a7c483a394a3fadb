import type { RawTask } from '../playbook.ts';
import type { At } from '../source.ts';
import { isOn } from './how.ts';
import type { Renderer } from './render.ts';
import type { Result } from './result.ts';
import { data } from './scope.ts';
import type { BoundTask } from './types.ts';

/** What a task's own conditions say about its result; nothing where it has none. */
export interface Verdict {
  readonly changed: boolean | undefined;
  readonly failed: boolean | undefined;
  readonly ignoreErrors: boolean;
  /** Whether it need not be tried again. */
  readonly done: boolean | undefined;
}

/** Whether a task has conditions that are asked when it has run, in the scope that it then has. */
export const isJudged = ({ changedWhen, failedWhen, ignoreErrors, until }: RawTask): boolean =>
  [changedWhen, failedWhen, ignoreErrors, until].some((one) => one !== undefined);

/** What `changed_when`, `failed_when`, `ignore_errors` and `until` make of a result. Throws what is wrong with them. */
export function judge({ raw, scope }: BoundTask, result: Result, renderer: Renderer): Verdict {
  const own = raw.register === undefined ? scope : scope.with(new Map([[raw.register, data(result)]]));
  const holds = (key: string, conditions: readonly (string | boolean)[] | undefined): boolean | undefined =>
    conditions?.every((one, index) => {
      const at: At = { source: raw.at.source, path: [...raw.at.path, key, index] };
      return typeof one === 'boolean' ? one : renderer.condition(one, at, own);
    });
  const ignored = raw.ignoreErrors && renderer.value(raw.ignoreErrors.value, raw.ignoreErrors.at, own);
  return {
    changed: holds('changed_when', raw.changedWhen),
    failed: holds('failed_when', raw.failedWhen),
    ignoreErrors: isOn(ignored),
    done: holds('until', raw.until),
  };
}
