import type { Budget } from '../source.ts';

/** How files are looked at; handed in, so that nothing here touches a disk or starts a program. */
export interface Files {
  /** How many values may be read from them. */
  readonly budget?: Budget;
  /** The text of a file; nothing where there is none that can be read. */
  read(path: string): string | undefined;
  /** The names in a folder; nothing where there is no folder that can be read. */
  list(path: string): readonly string[] | undefined;
  /** Whether a file is a program: it may be run, and begins as programs do. */
  isProgram?(path: string): boolean;
  /** Runs a program to its end, within bounds of time and size. */
  run?(path: string, argv: readonly string[]): Ran;
}

/** What a program printed, or why that is nothing to rely on. */
export type Ran = { readonly output: string } | { readonly failed: string };

export const join = (folder: string, name: string): string =>
  folder === '' || folder === '.' ? name : `${folder.replace(/\/$/, '')}/${name}`;

export const folderOf = (file: string): string =>
  file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.';

/** What Python's `os.path.splitext` calls the ending: `.yml`, or nothing. */
export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^\.+/, '');
  return name.includes('.') ? name.slice(name.lastIndexOf('.')) : '';
}
