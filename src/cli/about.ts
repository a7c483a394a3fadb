import { isDeclarative } from '../task.ts';
import type { ResolvedTask } from '../resolve.ts';
import { isMapping, validateArgs } from '../validate.ts';

/** `container web`: what a state without a name is about; nothing where that cannot be told. An act tells it itself. */
export function aboutOf({ raw: { kind, argsAt }, args }: ResolvedTask): string | undefined {
  if (!isMapping(args) || !isDeclarative(kind)) return undefined;
  const { value, problems } = validateArgs(kind, args, argsAt);
  return problems.length > 0 ? undefined : kind.identity(value);
}
