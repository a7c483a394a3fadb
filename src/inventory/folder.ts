import { NetwrightError, type Problem } from '../error.ts';
import { parseSource, placeOf, type Budget } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import { endingOf, join, type Files } from './files.ts';
import type { Layer, VarsFolder, Variable } from './model.ts';

/** In Ansible's order: where one is there, the others are not looked for. */
const ENDINGS = ['', '.yml', '.yaml', '.json'];

/** What `group_vars/` and `host_vars/` in a folder say of these groups and hosts. */
export function readVarsFolder(
  folder: string,
  files: Files,
  names: { readonly groups: Iterable<string>; readonly hosts: Iterable<string> },
): { readonly vars: VarsFolder; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = (kind: string, wanted: Iterable<string>): Map<string, Layer[]> => {
    const base = join(folder, kind);
    const there = new Set(files.list(base));
    const found = new Map<string, Layer[]>();
    if (there.size === 0) return found;
    for (const name of wanted) {
      const ending = ENDINGS.find((one) => there.has(name + one));
      if (ending !== undefined) found.set(name, layersIn(join(base, name + ending), files, problems));
    }
    return found;
  };
  return { vars: { groups: read('group_vars', names.groups), hosts: read('host_vars', names.hosts) }, problems };
}

/** A file, or the files of a folder and of those in it, in the order of their names. */
function layersIn(path: string, files: Files, problems: Problem[]): Layer[] {
  const names = files.list(path);
  if (names === undefined) return layerOf(path, files, problems);
  // As Ansible: hidden files and backups are passed over, and other endings are another tool's.
  const inside = names.filter((name) => !name.startsWith('.') && !name.endsWith('~')).toSorted();
  return inside.flatMap((name) => {
    const whole = join(path, name);
    const ending = endingOf(whole);
    if (files.list(whole) !== undefined) return ending === '' ? layersIn(whole, files, problems) : [];
    return ENDINGS.includes(ending) ? layerOf(whole, files, problems) : [];
  });
}

function layerOf(path: string, files: Files, problems: Problem[]): Layer[] {
  try {
    const text = files.read(path);
    if (text !== undefined) return [{ name: path, vars: readVariables(text, path, problems, files.budget) }];
    problems.push({ code: 'NO_FILE', message: `${path} cannot be read` });
  } catch (error) {
    // It is encrypted, and cannot be opened.
    if (!(error instanceof NetwrightError)) throw error;
    problems.push(...error.problems);
  }
  return [];
}

/** A file that is a mapping of variables. */
export function readVariables(
  text: string,
  file: string,
  problems: Problem[],
  budget?: Budget,
): ReadonlyMap<string, Variable> {
  const { source, problems: found } = parseSource(text, file, budget);
  problems.push(...found);
  const value = source?.value ?? {};
  if (source === undefined || !isMapping(value)) {
    const message = `a file of variables must be a mapping, found ${describe(value)}`;
    if (source) problems.push({ code: 'WRONG_TYPE', message, place: placeOf({ source, path: [] }) });
    return new Map();
  }
  return new Map(Object.entries(value).map(([name, one]) => [name, { value: one, at: { source, path: [name] } }]));
}
