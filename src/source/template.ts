import type { Problem } from '../error.ts';
import type { Locate } from './lines.ts';

/** A stretch of source text that holds a template without quotes around it. */
export interface Region {
  readonly start: number;
  readonly end: number;
}

/** A template longer than this is taken for one that somebody forgot to close. */
const LONGEST = 2000;

/** What belongs to the value after the template's own end: `/24` in `{{ net }}/24`. */
const BLOCK_REST = /(?:(?!\s#|:\s)[^\r\n])*/y;
const FLOW_REST = /(?:\{\{(?:(?!\}\})[^\r\n])*\}\}|[^,[\]{}\r\n])*/y;

/**
 * The whole value that a person meant when YAML took `{{` or `{%` at `opening` for a mapping.
 * `start` is before it where text precedes the template in a flow list.
 */
export function templateRegion(text: string, start: number, opening: number, inFlow: boolean): Region {
  const close = text.indexOf(text[opening + 1] === '%' ? '%}' : '}}', opening + 2);
  const closed = close >= 0 && close - opening < LONGEST;
  const rest = closed && inFlow ? FLOW_REST : BLOCK_REST;
  rest.lastIndex = closed ? close + 2 : opening;
  rest.exec(text);
  const end = closed ? Math.max(rest.lastIndex, close + 2) : text.slice(0, lineEnd(text, opening)).length;
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
};

/** The same text with each region made a quoted scalar of the same length and lines, so that parsing can go on. */
export function maskRegions(text: string, regions: readonly Region[]): string {
  let masked = '';
  let done = 0;
  for (const { start, end } of regions) {
    const inside = text.slice(start + 1, end - 1).replace(/[^\r\n]+/g, (line, at: number) => {
      const indent = at === 0 ? 0 : line.length - line.trimStart().length;
      return line.slice(0, indent) + 'x'.repeat(line.length - indent);
    });
    masked += `${text.slice(done, start)}"${inside}"`;
    done = end;
  }
  return masked + text.slice(done);
}

export function unquotedTemplate(text: string, { start, end }: Region, locate: Locate): Problem {
  const template = text.slice(start, end);
  return {
    code: 'UNQUOTED_TEMPLATE',
    message: 'YAML takes a template without quotes for a mapping',
    place: locate(start, end),
    hint: template.length > 100 ? 'quote it' : `quote it: ${quoted(inOneLine(template))}`,
  };
}

const inOneLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');

const quoted = (text: string): string => (/["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`);
