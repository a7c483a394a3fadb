import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { NetwrightError } from '../error.ts';
import type { Near, ReadSources, SourceFolder, Surroundings } from '../resolve.ts';
import { placeOf, type At } from '../source.ts';
import type { SourceFile, Wants } from '../task.ts';
import { projectOf, type DiskFiles } from './files.ts';

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
      const real = realOf(path);
      if (real === undefined) throw nowhere(wants, at, path);
      if (!roots.some((root) => real === root || real.startsWith(root === sep ? sep : root + sep)))
        throw outside(wants, at, project);
      return real;
    };
    const one = (path: string, name: string): SourceFile => {
      const real = inside(path);
      const { size, mode } = statSync(real);
      if (size > LARGEST) throw tooLarge(wants, at);
      return { name, content: files.bytes(real), mode: (mode & 0o777).toString(8).padStart(4, '0') };
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

/** What lookups find in a project; nothing outside of it. */
export function surroundingsOf(playbook: string): Surroundings {
  const project = projectOf(playbook);
  const isInside = (path: string): boolean => {
    const real = realpathSync(path);
    return real === project || real.startsWith(project === sep ? sep : project + sep);
  };
  const places = ({ role, folder }: Near): string[] =>
    [...(role === undefined ? [] : [role, join(role, 'tasks')]), folder, dirname(playbook)].map((one) => resolve(one));
  const tried = (name: string, folder: SourceFolder, near: Near): string[] =>
    places(near).flatMap((place) => [resolve(place, folder, name), resolve(place, name)]);
  return {
    find: (name, folder, near) => tried(name, folder, near).find((one) => existsSync(one) && isInside(one)),
    glob(pattern, near) {
      const fits = globbed(basename(pattern));
      for (const folder of tried(dirname(pattern), 'files', near)) {
        if (!existsSync(folder) || !isInside(folder) || !statSync(folder).isDirectory()) continue;
        const names = readdirSync(folder).filter((name) => fits.test(name));
        const files = names.map((name) => join(folder, name)).filter((one) => isInside(one) && statSync(one).isFile());
        if (files.length > 0) return files.toSorted();
      }
      return [];
    },
    env: (name) => process.env[name],
  };
}

/** A shell's pattern, for a name without folders. */
const globbed = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.startsWith('.') ? '' : '(?!\\.)'}${pattern
      .replace(/[\\^$+.()|{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
      .replaceAll('[!', '[^')}$`,
    's',
  );

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

/** A link may lead nowhere, or to itself. */
function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

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
