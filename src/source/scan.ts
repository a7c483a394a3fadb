import { Lexer } from 'yaml';
import { MAX_DEPTH, MAX_NODES } from './limits.ts';
import { templateRegion, type Region } from './template.ts';

/** What the tokens alone tell, before the parser may recurse. */
export interface Scan {
  /** Templates without quotes, in order. */
  readonly templates: readonly Region[];
  /** Where quoted texts start that are never closed. */
  readonly unclosed: readonly number[];
  /** Where a limit was passed; nothing behind it was looked at. */
  readonly beyond?: { readonly limit: 'depth' | 'nodes'; readonly offset: number };
}

// The lexer's own marks between the pieces of text.
const SCALAR = '\u001f';
const MARKS = new Set([SCALAR, '\u0002', '\u0018', '\ufeff']);

/**
 * Reads the tokens once. The parser recurses, and V8 aborts the process when its stack ends inside a regular
 * expression, so what is far too deep never reaches it. Depth is estimated here from brackets and columns, at most
 * two values for each level; the exact limits are checked on the parsed tree.
 */
export function scan(text: string): Scan {
  const templates: Region[] = [];
  const unclosed: number[] = [];
  const columns: number[] = [];
  let offset = 0;
  let lineStart = 0;
  let flow = 0;
  let nodes = 0;
  let skip = 0;
  let isScalar = false;
  let header = false;
  let plain: Region | undefined;

  const nest = (column: number): void => {
    while (columns.length > 0 && columns.at(-1)! >= column) columns.pop();
    columns.push(column);
  };

  for (const token of new Lexer().lex(text)) {
    if (MARKS.has(token)) {
      isScalar = token === SCALAR;
      continue;
    }
    const start = offset;
    const scalar = isScalar;
    const column = start - lineStart;
    offset += token.length;
    isScalar = false;
    if (token.includes('\n')) lineStart = start + token.lastIndexOf('\n') + 1;
    if (start < skip) continue;
    if (scalar && header) {
      // The text of a block scalar, maybe empty, starts in column 0 whatever its depth.
      nodes++;
      header = false;
      continue;
    }
    if (token.trim() === '' || token.startsWith('#')) continue;

    const before = plain;
    plain = undefined;
    if (scalar || token.startsWith('"') || token.startsWith("'")) {
      nodes++;
      if (scalar) plain = { start, end: offset };
      else if (token.length < 2 || token.at(-1) !== token[0]) unclosed.push(start);
      if (flow === 0) nest(column);
    } else if (token === '{' || token === '[') {
      if (token === '{' && (text[start + 1] === '{' || text[start + 1] === '%')) {
        const from = before !== undefined && flow > 0 && isBlank(text.slice(before.end, start)) ? before.start : start;
        const region = templateRegion(text, from, start, flow > 0);
        templates.push(region);
        skip = region.end;
        continue;
      }
      nodes++;
      flow++;
    } else if (token === '}' || token === ']') {
      flow = Math.max(0, flow - 1);
    } else if (token === '-' || token === '?') {
      if (flow === 0) nest(column);
    } else if (token === '---' || token === '...') {
      columns.length = 0;
    } else if (token.startsWith('|') || token.startsWith('>')) {
      header = true;
    }

    if (flow + columns.length > 2 * MAX_DEPTH)
      return { templates, unclosed, beyond: { limit: 'depth', offset: start } };
    if (nodes > 2 * MAX_NODES) return { templates, unclosed, beyond: { limit: 'nodes', offset: start } };
  }
  return { templates, unclosed };
}

const isBlank = (text: string): boolean => /^ *$/.test(text);
