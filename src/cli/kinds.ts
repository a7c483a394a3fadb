import { existsSync, readdirSync, readFileSync } from 'node:fs';
import Module, { register } from 'node:module';
import { dirname, join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kinds } from '../../tasks/index.ts';
import { NetwrightError, printable, type Problem } from '../error.ts';
import { parseSource } from '../source.ts';
import { isScripted, type Kind } from '../task.ts';
import { importFile } from './user-module.ts';

/** The kinds of this call: ours, and those that its playbooks and --task-dir bring. */
let known: readonly Kind[] = kinds;

export const knownKinds = (): readonly Kind[] => known;

/** The files of a user's own kinds: of these folders, and of those that the playbooks name. */
export function kindFiles(paths: readonly string[], folders: readonly string[]): string[] {
  const all = [...folders.map((one) => resolve(one)), ...paths.filter(isPlaybook).flatMap(taskdirsOf)];
  return [...new Set(all)].flatMap(filesIn);
}

/** Loads the kinds of a user's own. No code comes from elsewhere. */
export async function loadKinds(paths: readonly string[], folders: readonly string[]): Promise<void> {
  const own: Kind[] = [];
  for (const file of kindFiles(paths, folders)) own.push(await loadKind(file));
  for (const [index, { kind }] of own.entries()) {
    const isTaken = kinds.some((one) => one.kind === kind) || own.findIndex((one) => one.kind === kind) !== index;
    if (isTaken) throw refusal('KIND_TAKEN', `there is a kind "${kind}" already`, 'give yours another name');
  }
  known = [...kinds, ...own];
}

const isPlaybook = (path: string): boolean => /\.ya?ml$/.test(path) && existsSync(path);

/** What is wrong with the playbook is told where it is read. */
function taskdirsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  if (!text.includes('taskdirs')) return [];
  const plays = parseSource(text, path).source?.value;
  const named = (Array.isArray(plays) ? plays : []).flatMap((play: unknown) =>
    typeof play === 'object' && play !== null && 'taskdirs' in play ? [play.taskdirs].flat() : [],
  );
  return named.filter((one) => typeof one === 'string').map((one) => resolve(dirname(path), one));
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) throw refusal('NO_FILE', `there is no folder ${folder} with kinds of tasks`);
  return readdirSync(folder)
    .filter((name) => /\.(ts|js|mjs)$/.test(name) && !/\.(d|test)\.[a-z]+$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

async function loadKind(file: string): Promise<Kind> {
  resolveOurselves();
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await importFile(file)) as typeof loaded;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw refusal('BAD_TASK_FILE', `${file} cannot be loaded: ${printable(said.split('\n')[0] ?? '')}`);
  }
  // What tsx makes of a file that is CommonJS to it has its exports one deeper.
  const found = loaded.default as (Partial<Kind> & { readonly default?: Partial<Kind> }) | undefined;
  const given = found?.schema === undefined ? found?.default : found;
  if (given?.schema === undefined || given.kind === undefined) {
    throw refusal('BAD_TASK_FILE', `${file} has no kind of task`, 'export default defineScript({ … })');
  }
  const kind = given as Kind;
  const named = { ...kind, kind: kind.kind === '' ? parse(file).name.replaceAll('-', '_') : kind.kind } as Kind;
  return isScripted(named) ? { ...named, file } : named;
}

let isResolving = false;

/** `import … from 'netwright'` means this program, wherever the file stands. */
function resolveOurselves(): void {
  if (isResolving) return;
  isResolving = true;
  const built = new URL(import.meta.url.endsWith('.ts') ? '../user.ts' : './user.mjs', import.meta.url).href;
  const hook = `export const resolve = (name, context, next) =>
    name === 'netwright' ? { url: ${JSON.stringify(built)}, shortCircuit: true } : next(name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
  // A file that no package.json calls a module is CommonJS to tsx, and has another resolver.
  const commonJs = Module as unknown as { _resolveFilename: (name: string, ...rest: readonly unknown[]) => string };
  const before = commonJs._resolveFilename;
  commonJs._resolveFilename = (name, ...rest) =>
    name === 'netwright' ? fileURLToPath(built) : before.call(commonJs, name, ...rest);
}

const refusal = (code: string, message: string, hint?: string): NetwrightError => {
  const problem: Problem = { code, message, hint };
  return new NetwrightError(problem);
};
