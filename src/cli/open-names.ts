import type { Problem } from '../error.ts';
import type { RawTask } from '../playbook.ts';
import { placeOf, type At } from '../source.ts';
import { isMapping } from '../validate.ts';

/**
 * The names under which tasks that are wrong may make something: nobody is told that these are missing. Undefined where
 * it may be any name, because of a template or of something that could not be read.
 */
export function openNames(tasks: readonly RawTask[], problems: readonly Problem[]): ReadonlySet<string> | undefined {
  const wrong = new Set(problems.map(lineOf));
  const read = tasks.map((task) => ({ task, lines: linesOf(task.at) }));
  const known = new Set(read.flatMap(({ lines }) => lines));
  if (![...wrong].every((line) => known.has(line))) return undefined;
  const names = read
    .filter(({ task, lines }) => 'provides' in task.kind && lines.some((line) => wrong.has(line)))
    .map(({ task }) => nameOf(task.args));
  return names.every((name) => name !== undefined) ? new Set(names) : undefined;
}

const lineOf = ({ place }: Pick<Problem, 'place'>): string => (place ? `${place.file}:${place.line}` : '');

/** Of everything in a task. */
function linesOf({ source, path }: At): string[] {
  const inner = (value: unknown, at: At): string[] => [
    lineOf({ place: placeOf(at, [], 'key') }),
    lineOf({ place: placeOf(at) }),
    ...stepsIn(value).flatMap(([step, one]) => inner(one, { source, path: [...at.path, step] })),
  ];
  return inner(
    path.reduce<unknown>((value, step) => (value as Readonly<Record<string | number, unknown>>)[step], source.value),
    { source, path },
  );
}

const stepsIn = (value: unknown): [string | number, unknown][] =>
  Array.isArray(value)
    ? value.map((one: unknown, index) => [index, one])
    : isMapping(value)
      ? Object.entries(value)
      : [];

function nameOf(args: unknown): string | undefined {
  const name = isMapping(args) ? (args.name ?? args.container) : undefined;
  return typeof name === 'string' && !/\{[{%#]/.test(name) ? name : undefined;
}
