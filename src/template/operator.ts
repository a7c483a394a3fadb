import type { Token } from './lex.ts';

/** A text to be put in place of another. */
export interface Rename {
  readonly rename: string;
  readonly start: number;
  readonly end: number;
}

interface Rewritten {
  /** In place of the operator, or before it. */
  readonly now: readonly Rename[];
  /** Behind the operand that ends with the token of this index. */
  readonly later?: { readonly index: number; readonly piece: Rename };
}

const NOTHING: Rewritten = { now: [] };
const PRODUCT: ReadonlySet<string> = new Set(['*', '/', '//', '%', '**']);
const BINARY: ReadonlySet<string> = new Set([...PRODUCT, ...'+ - ~ == != < > <= >= = , :'.split(' ')]);
const WORDS: ReadonlySet<string> = new Set('and or not in is if else'.split(' '));

/**
 * Operators that the engine has otherwise: `~` shows booleans and none in words of its own, and `%` after a text in
 * quotes fills it, as in Python.
 */
export function rewriteOperator(tokens: readonly Token[], at: number, to: number, inText: boolean): Rewritten {
  const token = tokens[at]!;
  if (inText && token.type === 'name' && token.text === 'if') return withElse(tokens, at, to);
  if (token.type !== 'operator') return NOTHING;
  const before = tokens[at - 1];
  if (token.text === '%' && before?.type === 'string' && tokens[at + 1]) {
    const isTuple = tokens[at + 1]!.text === '(';
    const last = operandEnd(tokens, at + 1, to);
    const end = tokens[last]!.end;
    return {
      now: [{ rename: isTuple ? '| format' : '| format(', start: token.start, end: token.end }],
      ...(isTuple ? {} : { later: { index: last, piece: { rename: ')', start: end, end } } }),
    };
  }
  if (token.text !== '~' || !before || !tokens[at + 1]) return NOTHING;
  const last = operandEnd(tokens, at + 1, to);
  const right = tokens[last]!.end;
  const shown = (offset: number): Rename => ({ rename: ' | string', start: offset, end: offset });
  return {
    now: endsProduct(tokens, at - 1) ? [] : [shown(before.end)],
    ...(PRODUCT.has(tokens[last + 1]?.text ?? '') ? {} : { later: { index: last, piece: shown(right) } }),
  };
}

/** In the middle of a text `a if b` is an empty text where b is false. */
function withElse(tokens: readonly Token[], at: number, to: number): Rewritten {
  let depth = 0;
  let last = at;
  for (let next = at + 1; next < to; next++) {
    const token = tokens[next]!;
    if (depth === 0 && (closes(token) || token.text === ',')) break;
    if (depth === 0 && token.type === 'name' && token.text === 'else') return NOTHING;
    if (opens(token)) depth += 1;
    else if (closes(token)) depth -= 1;
    last = next;
  }
  const { end } = tokens[last]!;
  return { now: [], later: { index: last, piece: { rename: " else ''", start: end, end } } };
}

const opens = ({ type, text }: Token): boolean => type === 'operator' && /^[([{]$/.test(text);
const closes = ({ type, text }: Token): boolean => type === 'operator' && /^[)\]}]$/.test(text);
const separates = ({ type, text }: Token): boolean =>
  type === 'operator' ? BINARY.has(text) : type === 'name' && WORDS.has(text);

/** The last token of the operand that begins at `from`. */
function operandEnd(tokens: readonly Token[], from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    const token = tokens[at]!;
    if (depth === 0 && (closes(token) || (at > from && separates(token)))) return at - 1;
    if (opens(token)) depth += 1;
    else if (closes(token)) depth -= 1;
  }
  return to - 1;
}

/** Whether the operand that ends with this token is the last factor of a product. */
function endsProduct(tokens: readonly Token[], from: number): boolean {
  let depth = 0;
  for (let at = from; at >= 0; at--) {
    const token = tokens[at]!;
    if (depth === 0 && (opens(token) || separates(token))) return token.type === 'operator' && PRODUCT.has(token.text);
    if (closes(token)) depth += 1;
    else if (opens(token)) depth -= 1;
  }
  return false;
}
