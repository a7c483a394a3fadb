import { statSync } from 'node:fs';
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
  };
}

/** For names without folders; one that begins with a dot has to be asked for, as in a shell. */
function fitting(pattern: string): RegExp {
  try {
    return new RegExp(`^${pattern.startsWith('.') ? '' : '(?!\\.)'}${globSource(pattern)}$`, 's');
  } catch {
    throw new TypeError(`"${pattern}" is no pattern of names`);
  }
}
