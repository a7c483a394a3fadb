import type { RawTask } from '../playbook.ts';
import type { At } from '../source.ts';
import { isDeclarative, type Kind, type Values } from '../task.ts';
import { isMapping } from '../validate.ts';
import type { Renderer } from './render.ts';
import type { Variables } from './scope.ts';

const sortsOf = (kind: Kind): Readonly<Record<string, 'condition' | 'value'>> =>
  'expressions' in kind ? (kind.expressions ?? {}) : {};

/** The options of a kind whose texts are bare expressions. */
export const expressionsOf = (kind: Kind): readonly string[] => Object.keys(sortsOf(kind));

/** What they stand for. Throws what is wrong with them, or `Pending`. */
export function expressionValues(
  { kind, args, argsAt }: RawTask,
  scope: Variables,
  renderer: Renderer,
): Values | undefined {
  if (isDeclarative(kind) || !isMapping(args)) return undefined;
  const values = Object.entries(sortsOf(kind)).flatMap(([name, sort]) => {
    if (!Object.hasOwn(args, name)) return [];
    const given = args[name];
    const evaluate = (text: unknown, ...index: number[]): unknown => {
      const at: At = { source: argsAt.source, path: [...argsAt.path, name, ...index] };
      if (typeof text !== 'string') return text;
      return sort === 'condition' ? renderer.condition(text, at, scope) : renderer.expression(text, at, scope);
    };
    return [
      [name, Array.isArray(given) ? given.map((one, index) => evaluate(one, index)) : [evaluate(given)]] as const,
    ];
  });
  return values.length === 0 ? undefined : Object.fromEntries(values);
}
