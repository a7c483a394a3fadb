import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { NetwrightError } from '../error.ts';
import type { ReadSources } from '../resolve.ts';
import { placeOf, type At } from '../source.ts';
import type { SourceFile, Wants } from '../task.ts';
import { isInside, projectOf, type DiskFiles } from './files.ts';

/** What goes to hosts is held in memory, and sent as text. */
const LARGEST = 32 * 1024 * 1024;

/**
 * Finds the files that tasks want, as Ansible does: in the role's own folder, then beside the playbook. Nothing outside
 * of the project is read, whatever `..` or a link says: names may come from hosts.
 */
export function sourceReader(playbook: string, files: DiskFiles): ReadSources {
  const project = projectOf(playbook);
  return (wants, at, near) => {
    const role = at ? roleOf(at.source.file) : near?.role && resolve(near.role);
    const roots = [project, ...(role === undefined ? [] : [role])].filter(existsSync).map((one) => realpathSync(one));
    const places = [
      role,
      at && dirname(resolve(at.source.file)),
      near && resolve(near.folder),
      dirname(resolve(playbook)),
    ].filter((one) => one !== undefined);
    const tried = places.flatMap((place) => [resolve(place, wants.folder, wants.path), resolve(place, wants.path)]);
    const file = tried.find(existsSync);
    if (file === undefined) throw missing(wants, at, tried);
    const inside = (path: string): string => {
      const real = files.real(path);
      if (real === undefined) throw nowhere(wants, at, path);
      if (!roots.some((root) => isInside(real, root))) throw outside(wants, at, project);
      return real;
    };
    const one = (path: string, name: string): SourceFile => {
      const real = inside(path);
      const { size, mode } = statSync(real);
      if (size > LARGEST) throw tooLarge(wants, at);
      return { name, content: files.bytes(real, at), mode: (mode & 0o777).toString(8).padStart(4, '0') };
    };
    if (statSync(inside(file)).isFile()) {
      return { file, found: { folder: false, files: [one(file, basename(file))] } };
    }
    if (wants.tree !== true) throw notFile(wants, at);
    const names = readdirSync(file, { recursive: true, encoding: 'utf8' }).toSorted();
    const found = names.filter((name) => statSync(inside(join(file, name))).isFile());
    return { file, found: { folder: true, files: found.map((name) => one(join(file, name), name)) } };
  };
}

/** The role that a file of tasks belongs to: `roles/web/tasks/main.yml` is web's. */
function roleOf(file: string): string | undefined {
  const folder = dirname(resolve(file));
  return ['tasks', 'handlers'].includes(basename(folder)) ? dirname(folder) : undefined;
}

const missing = ({ path, folder }: Wants, at: At | undefined, tried: readonly string[]): NetwrightError =>
  new NetwrightError({
    code: 'NO_FILE',
    message: `there is no file ${path}`,
    place: at && placeOf(at),
    hint: `looked for in ${folder}/ and beside the playbook: ${tried[0]!}`,
  });

const notFile = ({ path }: Wants, at: At | undefined): NetwrightError =>
  new NetwrightError({
    code: 'NOT_A_FILE',
    message: `${path} is a folder`,
    place: at && placeOf(at),
    hint: 'name a file',
  });

const nowhere = ({ path }: Wants, at: At | undefined, link: string): NetwrightError =>
  new NetwrightError({
    code: 'NO_FILE',
    message: `${path}: ${basename(link)} is a link that leads nowhere`,
    place: at && placeOf(at),
    hint: 'take it away, or put what it names into the project',
  });

const outside = ({ path }: Wants, at: At | undefined, project: string): NetwrightError =>
  new NetwrightError({
    code: 'OUTSIDE_PROJECT',
    message: `${path} is outside of the project`,
    place: at && placeOf(at),
    hint: `copy it into ${project}`,
  });

const tooLarge = ({ path }: Wants, at: At | undefined): NetwrightError =>
  new NetwrightError({
    code: 'TOO_LARGE',
    message: `${path} is larger than ${LARGEST / 1024 / 1024} MiB`,
    place: at && placeOf(at),
    hint: 'let the host fetch it itself',
  });
