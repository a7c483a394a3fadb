import { readFileSync } from 'node:fs';
import { NetwrightError, type Problem } from '../error.ts';
import type { SavedPlan } from '../run.ts';
import type { Programs } from './files.ts';
import { kindFiles } from './kinds.ts';
import type { LoadOptions } from './load.ts';
import { digestOf, isProgram } from './program.ts';
import { vaultFiles } from './secrets.ts';

type Options = Pick<LoadOptions, 'vault'>;

/** SHA-256 of the code that a plan rests on, besides what was read: programs with vault passwords, and own kinds. */
export function digestsOfCode(playbook: string, taskDirs: readonly string[], options: Options) {
  const code = [...passwordPrograms(options), ...kindFiles([playbook], taskDirs)];
  return Object.fromEntries(code.map((path) => [path, digestOf(readFileSync(path))]));
}

/** A file that holds a password is in no plan: the digest of a short one tells what it is. */
const passwordPrograms = ({ vault }: Options): string[] => (vault ? vaultFiles(vault).filter(isProgram) : []);

/**
 * Refuses a plan whose files moved, and code that it does not know, before any of it is run. What a run of that code
 * makes otherwise (another answer of an inventory program) is for the sources' digest to tell.
 */
export function assertUnmoved({ playbook, files, options }: SavedPlan, taskDirs: readonly string[]): void {
  const problems = Object.entries(files).flatMap(([path, digest]) => {
    const now = read(path);
    if (now === undefined) return moved(`${path} is not there any more`);
    return digestOf(now) === digest ? [] : moved(`${path} was changed after the plan was made`);
  });
  // Only now it is known that the playbook names the same folders.
  if (problems.length > 0) throw new NetwrightError(problems);
  const code = [...passwordPrograms(options), ...kindFiles([playbook], taskDirs)];
  const added = code.filter((path) => !Object.hasOwn(files, path)).flatMap(unknown);
  if (added.length > 0) throw new NetwrightError(added);
}

/** An inventory program that came later is found where an inventory is a folder. */
export const programsOf =
  ({ files }: SavedPlan): Programs =>
  (path) => {
    if (!Object.hasOwn(files, path)) throw new NetwrightError(unknown(path));
  };

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

const moved = (message: string): [Problem] => [{ code: 'STALE_PLAN', message, hint: 'plan again' }];

const unknown = (path: string): [Problem] => moved(`${path} is a program that the plan does not know`);
