import type { Problem } from '../error.ts';
import { parseSource, placeOf } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import type { Layer, VarsFolder, Variable } from './model.ts';

/** How files are looked at; handed in, so that nothing here touches a disk. */
export interface Files {
  /** The text of a file; nothing where there is none. */
  read(path: string): string | undefined;
  /** The names in a folder; none where there is no folder. */
  list(path: string): readonly string[];
}

/** What `group_vars/` and `host_vars/` in a folder say. */
export function readVarsFolder(
  folder: string,
  files: Files,
): { readonly vars: VarsFolder; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const read = (kind: string): Map<string, Layer[]> => {
    const found = new Map<string, Layer[]>();
    const base = join(folder, kind);
    for (const entry of files.list(base).filter(isShown).toSorted()) {
      const name = entry.replace(ENDING, '');
      const layers = layersIn(join(base, entry), files, problems);
      found.set(name, [...(found.get(name) ?? []), ...layers]);
    }
    return found;
  };
  return { vars: { groups: read('group_vars'), hosts: read('host_vars') }, problems };
}

const ENDING = /\.(ya?ml|json)$/;
/** Neither hidden files nor what editors leave behind; other endings are another tool's. */
const isShown = (name: string): boolean => !/^\.|~$|\.(bak|orig|swp|retry)$/.test(name);

const join = (folder: string, name: string): string => (folder === '' || folder === '.' ? name : `${folder}/${name}`);

/** A file, or every file of a folder, in the order of their names. */
function layersIn(path: string, files: Files, problems: Problem[]): Layer[] {
  const text = files.read(path);
  if (text === undefined) {
    const inside = files.list(path).filter(isShown).toSorted();
    return inside.flatMap((name) => layersIn(join(path, name), files, problems));
  }
  const base = path.slice(path.lastIndexOf('/') + 1);
  if (base.includes('.') && !ENDING.test(base)) return [];
  return [{ name: path, vars: readVariables(text, path, problems) }];
}

/** A file that is a mapping of variables. */
export function readVariables(text: string, file: string, problems: Problem[]): ReadonlyMap<string, Variable> {
  const { source, problems: found } = parseSource(text, file);
  problems.push(...found);
  const value = source?.value ?? {};
  if (source === undefined || !isMapping(value)) {
    const message = `a file of variables must be a mapping, found ${describe(value)}`;
    if (source) problems.push({ code: 'WRONG_TYPE', message, place: placeOf({ source, path: [] }) });
    return new Map();
  }
  return new Map(Object.entries(value).map(([name, one]) => [name, { value: one, at: { source, path: [name] } }]));
}
