import { isDeclarative } from '../task.ts';
import type { ResolvedTask } from '../resolve.ts';
import { isMapping, validateArgs } from '../validate.ts';

const LONGEST = 50;

/** Options that say what a task is about, where it has no name of its own. */
const ABOUT = ['dest', 'path', 'name', 'cmd', 'argv', 'src'] as const;

/** `container web`, `copy /etc/motd`: what a task without a name is about; nothing where that cannot be told. */
export function aboutOf({ raw: { kind, argsAt }, args }: ResolvedTask): string | undefined {
  if (!isMapping(args)) return undefined;
  if (isDeclarative(kind)) {
    const { value, problems } = validateArgs(kind, args, argsAt);
    return problems.length > 0 ? undefined : kind.identity(value);
  }
  const found = ABOUT.map((option) => args[option]).find((value) => value !== undefined && value !== null);
  if (found === undefined || (typeof found === 'object' && !Array.isArray(found))) return undefined;
  const text = (Array.isArray(found) ? found : [found]).map(String).join(' ').replaceAll(/\s+/g, ' ').trim();
  return text === '' ? undefined : `${kind.kind} ${text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text}`;
}
