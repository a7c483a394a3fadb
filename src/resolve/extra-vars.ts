import type { Problem } from '../error.ts';
import { assignments, readVariables, type Files, type Layer, type Variable } from '../inventory.ts';

/** `--extra-vars`: `name=value …` (texts, which may be quoted), a mapping in JSON or YAML, or `@FILE`; what comes later wins. */
export function parseExtraVars(
  values: readonly string[],
  files: Files,
): { readonly layer: Layer; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const refuse = (code: string, message: string, hint?: string): readonly [] => {
    problems.push({ code, message: `--extra-vars: ${message}`, hint });
    return [];
  };
  const vars = values.flatMap((value): readonly (readonly [string, Variable])[] => {
    const text = value.trim();
    if (text.startsWith('@')) {
      const content = files.read(text.slice(1));
      if (content === undefined) return refuse('NO_FILE', `there is no file ${text.slice(1)}`);
      return [...readVariables(content, text.slice(1), problems, files.budget)];
    }
    if (text.startsWith('{')) return [...readVariables(text, '--extra-vars', problems)];
    if (/^[/.]/.test(text)) return refuse('BAD_OPTION', `"${text}" is not name=value`, `for a file, write @${text}`);
    const words = assignments(text);
    if (words === undefined) return refuse('BAD_OPTION', `a quote is not closed in ${text}`);
    return words.flatMap(({ word, name = '', value: given }) => {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return [[name, { value: given }] as const];
      return refuse('BAD_OPTION', `"${word}" is not name=value`, 'or a mapping in JSON, or @FILE');
    });
  });
  return { layer: { name: '--extra-vars', vars: new Map(vars) }, problems };
}
