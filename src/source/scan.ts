import { Lexer } from 'yaml';
import { MAX_DEPTH, MAX_NODES } from './limits.ts';
import { Nesting } from './nesting.ts';
import { templateRegion, type Region } from './template.ts';

/** What the tokens alone tell, before the parser may recurse. */
export interface Scan {
  /** Templates without quotes, in order. */
  readonly templates: readonly Region[];
  /** Quotes and brackets that are never closed. */
  readonly unclosed: readonly number[];
  /** Where a limit was passed; nothing behind it was looked at. */
  readonly beyond?: { readonly limit: 'depth' | 'nodes'; readonly offset: number };
}

/**
 * Reads the tokens once. The parser recurses, and V8 aborts the process when its stack ends inside a regular
 * expression, so what is far too deep or too much never reaches it; the exact limits are checked on the parsed tree.
 */
export function scan(text: string): Scan {
  const nesting = new Nesting(text);
  const templates: Region[] = [];
  let nodes = 0;
  let skip = 0;
  let before: Token | undefined;
  for (const token of tokens(text)) {
    const { start, column, type } = token;
    if (start < skip) continue;
    const from = templateStart(text, token, before, nesting.inBrackets);
    before = token;
    if (from !== undefined) {
      const region = templateRegion(text, from, start, nesting.inBrackets);
      templates.push(region);
      skip = region.end;
      continue;
    }
    if (type === 'plain' || type === 'quoted' || type === 'block' || type === 'open') nodes++;
    if (type === 'quoted' && !token.closed) nesting.unclosed.push(start);
    if (type === 'plain' || type === 'quoted' || type === 'indicator') nesting.block(column);
    if (type === 'open') nesting.open(start);
    if (type === 'close') nesting.close(text[start]!);
    if (type === 'document') nesting.newDocument();
    const limit = nesting.depth > 2 * MAX_DEPTH ? 'depth' : nodes > 2 * MAX_NODES ? 'nodes' : undefined;
    if (limit) return { templates, unclosed: [], beyond: { limit, offset: start } };
  }
  return { templates, unclosed: nesting.finish() };
}

interface Token {
  readonly type: 'plain' | 'quoted' | 'block' | 'open' | 'close' | 'indicator' | 'document' | 'other';
  readonly start: number;
  readonly end: number;
  readonly column: number;
  /** Whether a quoted text seems to have its end. */
  readonly closed: boolean;
}

// The lexer's own marks between the pieces of text.
const SCALAR = '\u001f';
const MARKS = new Set([SCALAR, '\u0002', '\u0018', '\ufeff']);

/** What white space and comments begin with. */
const BLANK = new Set(['', ' ', '\t', '\r', '\n', '#']);

const TYPES: Readonly<Record<string, Token['type']>> = {
  '{': 'open',
  '[': 'open',
  '}': 'close',
  ']': 'close',
  '-': 'indicator',
  '?': 'indicator',
  '---': 'document',
  '...': 'document',
};

/** The lexer's pieces that are neither white space nor comments, with their places. */
function* tokens(text: string): Generator<Token> {
  let end = 0;
  let lineStart = 0;
  let isScalar = false;
  /** After `|` or `>`, the next scalar is the text below, which starts in column 0 whatever its depth. */
  let isBlock = false;
  for (const piece of new Lexer().lex(text)) {
    if (MARKS.has(piece)) {
      isScalar = piece === SCALAR;
      continue;
    }
    const start = end;
    end += piece.length;
    const first = piece.charAt(0);
    const place = { start, end, column: start - lineStart, closed: piece.length > 1 && piece.endsWith(first) };
    if (isScalar) {
      yield { ...place, type: isBlock ? 'block' : 'plain' };
      isBlock = false;
    } else if (first === '"' || first === "'") {
      yield { ...place, type: 'quoted' };
    } else if (first === '|' || first === '>') {
      isBlock = true;
    } else if (!BLANK.has(first)) {
      yield { ...place, type: TYPES[piece] ?? 'other' };
    }
    isScalar = false;
    if (piece.includes('\n')) lineStart = start + piece.lastIndexOf('\n') + 1;
  }
}

/** Where the value starts whose template opens here: before it, if plain text precedes it in brackets. */
function templateStart(text: string, token: Token, before: Token | undefined, inBrackets: boolean): number | undefined {
  const next = text[token.start + 1];
  if (text[token.start] !== '{' || token.type !== 'open' || (next !== '{' && next !== '%')) return undefined;
  const joined = inBrackets && before?.type === 'plain' && /^ *$/.test(text.slice(before.end, token.start));
  return joined ? before.start : token.start;
}
