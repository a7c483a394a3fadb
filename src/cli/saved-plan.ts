import { readFileSync } from 'node:fs';
import { NetwrightError } from '../error.ts';
import { readShaped, type Shaped } from '../facts/shape.ts';
import type { SavedPlan } from '../run.ts';
import type { LoadOptions } from './load.ts';

/** What the command line said when the plan was made; nothing else of a file decides how hosts are met. */
const OPTIONS = {
  inventories: ['text'],
  extraVars: ['text'],
  'sshConfig?': 'text',
  'vault?': { passwordFiles: ['text'], ids: ['text'], ask: 'flag' },
  'limit?': 'text',
  'user?': 'text',
  'privateKey?': 'text',
  'become?': 'flag',
  'becomeUser?': 'text',
  'sshArgs?': [{ from: 'text', text: 'text' }],
  'connection?': 'text',
  'takeOver?': 'flag',
  'tags?': ['text'],
  'skipTags?': ['text'],
  'startAt?': 'text',
  'mode?': { check: 'flag', diff: 'flag', verbosity: 'count' },
} as const;

const PLAN = {
  version: 'count',
  playbook: 'text',
  files: { '*': 'text' },
  sources: 'text',
  prune: 'flag',
  options: OPTIONS,
  tasks: { '*': [{ key: 'text', title: 'text', changes: 'text', commands: ['any'] }] },
} as const;

const known = new Set(Object.keys(OPTIONS).map((key) => key.replace('?', '')));

export function readPlan(path: string): SavedPlan & { readonly options: Omit<LoadOptions, 'kinds'> } {
  try {
    const { version, ...plan }: Shaped<typeof PLAN> = readShaped(readFileSync(path, 'utf8'), PLAN);
    if (version === 3 && Object.keys(plan.options).every((key) => known.has(key))) return { version, ...plan };
  } catch {
    // Said below, whatever it was.
  }
  throw new NetwrightError({
    code: 'NO_PLAN',
    message: `${path} is no plan of this version`,
    hint: 'netwright plan PLAYBOOK --out FILE writes one',
  });
}
