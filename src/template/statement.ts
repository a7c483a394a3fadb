import { suggestion } from '../error.ts';
import { TEMPLATE_ERROR, TemplateFault } from './fault.ts';
import type { Section, Token } from './lex.ts';

const STATEMENTS: ReadonlySet<string> = new Set(
  'for endfor if elif else endif set endset with endwith macro endmacro call endcall filter endfilter do'.split(' '),
);

/** The names that the statements of a template make themselves. */
export function boundNames(sections: readonly Section[]): ReadonlySet<string> {
  const bound = new Set<string>();
  for (const { type, tokens } of sections) {
    if (type !== 'statement') continue;
    for (const name of namesBoundBy(tokens)) bound.add(name);
  }
  return bound;
}

function namesBoundBy(tokens: readonly Token[]): string[] {
  const names = (from: number, to: number, accept: (at: number) => boolean): string[] =>
    tokens.slice(0, to).flatMap(({ type, text }, at) => (at >= from && type === 'name' && accept(at) ? [text] : []));
  const before = (word: string): number => {
    const at = tokens.findIndex(({ text }) => text === word);
    return at < 0 ? tokens.length : at;
  };
  const notAttribute = (at: number): boolean => tokens[at - 1]!.text !== '.';
  switch (tokens[0]?.text) {
    case 'for':
      return ['loop', ...names(1, before('in'), notAttribute)];
    case 'set':
      return names(1, Math.min(before('='), before('|')), notAttribute);
    case 'with':
      return names(1, tokens.length, (at) => tokens[at + 1]?.text === '=');
    case 'macro':
    case 'call':
      return names(1, before(')'), (at) => at === 1 || tokens[at - 1]!.text === '(' || tokens[at - 1]!.text === ',');
    default:
      return [];
  }
}

/** The part of a statement that is an expression: of `for` what it goes through, of `set` what is assigned. */
export function expressionOf({ tokens, start }: Section): readonly Token[] {
  const [first, ...rest] = tokens;
  if (!first || !STATEMENTS.has(first.text)) {
    const word = first?.text ?? '';
    throw new TemplateFault(TEMPLATE_ERROR, `there is no statement {% ${word} %}`, {
      offset: first?.start ?? start,
      length: Math.max(1, word.length),
      hint: suggestion(word, [...STATEMENTS]),
    });
  }
  const after = (word: string): readonly Token[] => tokens.slice(tokens.findIndex(({ text }) => text === word) + 1);
  if (first.text === 'for') return tokens.at(-1)!.text === 'recursive' ? after('in').slice(0, -1) : after('in');
  if (first.text === 'set') return tokens.some(({ text }) => text === '=') ? after('=') : [];
  // `{% filter upper %}` names a filter as `| upper` does.
  if (first.text === 'filter') return [{ ...first, type: 'operator', text: '|' }, ...rest];
  return rest;
}
