import { lstatSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { globSource } from '../glob.ts';
import type { Near, SourceFolder, Surroundings } from '../resolve.ts';
import { isInside, projectOf, type DiskFiles } from './files.ts';

/** What lookups find in a project; nothing outside of it. */
export function surroundingsOf(playbook: string, files: DiskFiles): Surroundings {
  const project = projectOf(playbook);
  const isOurs = (path: string): boolean => {
    const real = files.real(path);
    return real !== undefined && isInside(real, project);
  };
  const places = ({ role, folder }: Near): string[] =>
    [...(role === undefined ? [] : [role, join(role, 'tasks')]), folder, dirname(playbook)].map((one) => resolve(one));
  const tried = (name: string, folder: SourceFolder, near: Near): string[] =>
    places(near).flatMap((place) => [resolve(place, folder, name), resolve(place, name)]);
  return {
    find: (name, folder, near) => tried(name, folder, near).find(isOurs),
    glob(pattern, near) {
      const fits = fitting(basename(pattern));
      for (const folder of tried(dirname(pattern), 'files', near)) {
        if (!isOurs(folder)) continue;
        const names = (files.list(folder) ?? []).filter((name) => fits.test(name));
        const found = names.map((name) => join(folder, name)).filter((one) => isOurs(one) && statSync(one).isFile());
        if (found.length > 0) return found.toSorted();
      }
      return [];
    },
    env: (name) => process.env[name],
    about(name) {
      const path = resolve(dirname(playbook), name);
      const link = statOf(lstatSync, path);
      const real = link && files.real(path);
      if (!isInside(real ?? placed(path, files), project)) {
        throw new TypeError(`${name} is outside of the project, and files of a host are asked for by stat`);
      }
      const found = statOf(statSync, path);
      const is = found?.isFile() ? 'file' : found?.isDirectory() ? 'directory' : found ? 'other' : 'nothing';
      return { is, isLink: link?.isSymbolicLink() ?? false };
    },
  };
}

const statOf = (stat: typeof statSync, path: string): Stats | undefined => {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
};

/** Where something would be that is not there, with the links on the way followed. */
function placed(path: string, files: DiskFiles): string {
  const above = dirname(path);
  if (above === path) return path;
  return join(files.real(above) ?? placed(above, files), basename(path));
}

/** For names without folders; one that begins with a dot has to be asked for, as in a shell. */
function fitting(pattern: string): RegExp {
  try {
    return new RegExp(`^${pattern.startsWith('.') ? '' : '(?!\\.)'}${globSource(pattern)}$`, 's');
  } catch {
    throw new TypeError(`"${pattern}" is no pattern of names`);
  }
}
