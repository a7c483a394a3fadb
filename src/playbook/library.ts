import type { Problem } from '../error.ts';
import { hideAll, hideLines, parseSource, placeOf, type At, type Budget, type Source } from '../source.ts';

/** The files that a playbook may take in; handed over, so that nothing here touches a disk. */
export interface Library {
  /** Nothing a playbook names may lie outside of this folder. */
  readonly root: string;
  /** The text of a file; nothing where there is none. */
  read(path: string): string | undefined;
  /** The path with every link in it followed; nothing where there is none. */
  real(path: string): string | undefined;
  /** How much may be read. */
  readonly budget?: Budget;
  /** The names in a folder; nothing where there is none. */
  list?(path: string): readonly string[] | undefined;
}

/** For a text that stands alone. */
export const NO_FILES: Library = { root: '', read: () => undefined, real: () => undefined };

const DEEPEST = 16;

export interface Found {
  readonly path: string;
  readonly source?: Source | undefined;
  readonly problems: readonly Problem[];
}

/**
 * The first of the candidates that is there, parsed. `chain` are the files that are being read: a file inside of itself
 * is refused with the way round. Of one that is `hidden` no line is shown.
 */
export function take(
  library: Library,
  candidates: readonly string[],
  chain: readonly string[],
  what: string,
  at: At,
  hidden = false,
): Found | { readonly problems: readonly Problem[] } {
  const refuse = (code: string, message: string, hint?: string) => ({
    problems: [{ code, message, place: placeOf(at), hint }],
  });
  const path = candidates.map(normal).find((one) => library.real(one) !== undefined);
  if (path === undefined) {
    const hint = `looked for ${[...new Set(candidates.map(normal))].join(', ')}`;
    return refuse('NO_FILE', `there is no ${what}`, hint);
  }
  const real = library.real(path)!;
  if (real !== library.root && !real.startsWith(library.root === '/' ? '/' : `${library.root}/`)) {
    const hint = 'put it into the repository that holds the playbook';
    return refuse('OUTSIDE_PROJECT', `${path} lies outside of the playbook's project`, hint);
  }
  if (chain.includes(path)) {
    const circle = [...chain.slice(chain.indexOf(path)), path].join(' -> ');
    return refuse('INCLUDE_CYCLE', `a file takes itself in: ${circle}`, 'take one of them out of the other');
  }
  if (chain.length >= DEEPEST) {
    return refuse('TOO_DEEP', `more than ${DEEPEST} files inside one another: ${[...chain, path].join(' -> ')}`);
  }
  const text = library.read(path);
  if (text === undefined) return refuse('NO_FILE', `${path} cannot be read as a file`);
  const { source, problems } = parseSource(text, path, library.budget);
  if (hidden && source) hideLines({ source, path: [] }, source.value);
  return { path, source, problems: hidden ? hideAll(problems) : problems };
}

/** Without `.` and `..` as far as they can be taken out. */
export function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop();
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.join('/') || (path.startsWith('/') ? '/' : '.');
}

export const folderOf = (path: string): string =>
  path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.';

export const beside = (folder: string, name: string): string =>
  name.startsWith('/') ? name : normal(`${folder}/${name}`);
