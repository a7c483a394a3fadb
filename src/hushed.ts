import type { Problem } from './error.ts';
import { BLANK, Secrets } from './secret.ts';

/** What is wrong with something that is to be hidden, without what it quotes of that. */
export function hushed(problems: readonly Problem[], value: unknown): Problem[] {
  const own = new Secrets();
  own.add(value);
  // What a template made of something may be quoted, and nobody knows of what.
  const hush = (text: string, code: string): string =>
    code === 'TEMPLATE_ERROR' ? own.blank(text).replaceAll(/"[^"]*"/g, BLANK) : own.blank(text);
  return problems.map(({ message, hint, ...rest }) => ({
    ...rest,
    message: hush(message, rest.code),
    hint: hint === undefined ? undefined : hush(hint, rest.code),
  }));
}
