import { textOf, type Filter } from './filters/filter.ts';
import type { AtPath } from './scope.ts';

const exists = ({ is }: AtPath): boolean => is !== 'nothing';
const isFile = ({ is }: AtPath): boolean => is === 'file';
const isDirectory = ({ is }: AtPath): boolean => is === 'directory';

const TESTS: Readonly<Record<string, (found: AtPath) => boolean>> = {
  exists,
  file: isFile,
  is_file: isFile,
  directory: isDirectory,
  is_dir: isDirectory,
  link: ({ isLink }) => isLink,
  is_link: ({ isLink }) => isLink,
  link_exists: (found) => found.isLink || exists(found),
};

export const PATH_TESTS: readonly string[] = Object.keys(TESTS);

/** Ansible's tests about files, which are asked of this machine, never of a host. */
export const pathTest = (name: string, about: (path: string) => AtPath): Filter => ({
  apply: (path) => TESTS[name]!(about(textOf(path, 'the path'))),
});
