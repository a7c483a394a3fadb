import type { Problem } from './error.ts';
import { readPlay, type RawPlay } from './playbook/play.ts';
import { wrongType } from './playbook/problems.ts';
import type { At, Source } from './source.ts';
import type { Kind } from './task.ts';

export { playKeywords, taskKeywords, type Keywords } from './playbook/keywords.ts';
export { playShape } from './playbook/play.ts';
export { taskShape } from './playbook/task.ts';
export type { RawPlay } from './playbook/play.ts';
export type { LoopControl, RawTask } from './playbook/task.ts';

export interface Playbook {
  /** What could be read; to be used only without problems. */
  readonly plays: RawPlay[];
  readonly problems: Problem[];
}

/** The plays and tasks of a text, templates not yet rendered. Pure; all problems at once. */
export function parsePlaybook(source: Source, kinds: ReadonlyMap<string, Kind>): Playbook {
  const root: At = { source, path: [] };
  if (!Array.isArray(source.value)) {
    return { plays: [], problems: [wrongType('a playbook', 'a list of plays', source.value, root)] };
  }
  const read = source.value.map((value: unknown, index) => readPlay(value, { source, path: [index] }, kinds));
  const problems = read.flatMap((one) => one.problems);
  if (read.length === 0) problems.push(wrongType('a playbook', 'a list of plays', null, root));
  return { plays: read.flatMap(({ play }) => play ?? []), problems };
}
