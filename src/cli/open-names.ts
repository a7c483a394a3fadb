import type { Problem } from '../error.ts';
import type { RawTask } from '../playbook.ts';
import { linesIn, type At } from '../source.ts';
import { isMapping } from '../validate.ts';

/**
 * The names under which tasks that are wrong may make something: nobody is told that these are missing. Undefined where
 * it may be any name, because of a template or of something that could not be read.
 */
export function openNames(tasks: readonly RawTask[], problems: readonly Problem[]): ReadonlySet<string> | undefined {
  if (problems.length === 0) return new Set();
  const wrong = new Set(problems.map(lineOf));
  const read = tasks.map((task) => ({ task, lines: linesOf(task.at) }));
  const known = new Set(read.flatMap(({ lines }) => lines));
  if (![...wrong].every((line) => known.has(line))) return undefined;
  const names = read
    .filter(({ task, lines }) => 'provides' in task.kind && lines.some((line) => wrong.has(line)))
    .map(({ task }) => nameOf(task.args));
  return names.every((name) => name !== undefined) ? new Set(names) : undefined;
}

const lineOf = ({ place }: Problem): string => (place ? `${place.file}:${place.line}` : '');

/** Of everything in a task. */
function linesOf(at: At): string[] {
  const { source, path } = at;
  const value = path.reduce<unknown>((inner, step) => (inner as Readonly<Record<string, unknown>>)[step], source.value);
  return linesIn(at, value).map((line) => `${source.file}:${line}`);
}

function nameOf(args: unknown): string | undefined {
  const name = isMapping(args) ? (args.name ?? args.container) : undefined;
  return typeof name === 'string' && !/\{[{%#]/.test(name) ? name : undefined;
}
