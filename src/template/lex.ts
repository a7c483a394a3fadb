import { TEMPLATE_ERROR, TemplateFault } from './fault.ts';

/** A token of a Jinja2 expression; offsets count from the start of the template's text. */
export interface Token {
  readonly type: 'name' | 'string' | 'number' | 'operator';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A piece of a template: plain text, a comment or raw block (`verbatim`), `{{ … }}`, or `{% … %}`. */
export interface Section {
  readonly type: 'text' | 'verbatim' | 'output' | 'statement';
  readonly start: number;
  readonly end: number;
  /** Between the delimiters. */
  readonly tokens: readonly Token[];
  /** Whether white space before or after is eaten: `{{-`, `-}}`. */
  readonly trimBefore: boolean;
  readonly trimAfter: boolean;
}

/** Deeper nesting overflows the engine's stack. */
const MAX_DEPTH = 60;
const MAX_TOKENS = 2000;

const SPACE = /\s*/y;
const TOKEN =
  /([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|([0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(\*\*|\/\/|==|!=|<=|>=|[-+*/%~<>=|.,:()[\]{}])/y;
const DIGITS = /[0-9]+/y;
const RAW = /\{%[-+]?\s*raw\s*[-+]?%\}[^]*?\{%[-+]?\s*endraw\s*[-+]?%\}/y;
const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Reads the tokens of an expression up to its closing delimiter, or to the end of the text if there is none. */
function readTokens(text: string, from: number, close: '}}' | '%}' | undefined): { tokens: Token[]; end: number } {
  const tokens: Token[] = [];
  const open: Token[] = [];
  for (let at = from; ;) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
    if (close !== undefined && open.length === 0) {
      const sign = text[at] === '-' || text[at] === '+' ? 1 : 0;
      if (text.startsWith(close, at + sign)) return { tokens, end: at };
    }
    if (at >= text.length) {
      const last = open.at(-1);
      if (last) throw unclosed(last.text, last.start);
      if (close === undefined) return { tokens, end: at };
      throw unclosed(close === '}}' ? '{{' : '{%', from - 2);
    }
    const token = readToken(text, at, tokens.at(-1)?.text === '.');
    if (token.text in CLOSES && token.type === 'operator') open.push(token);
    else if (token.type === 'operator' && /^[)\]}]$/.test(token.text)) {
      const opener = open.pop();
      if (!opener || CLOSES[opener.text] !== token.text) {
        throw new TemplateFault(TEMPLATE_ERROR, `"${token.text}" closes nothing`, { offset: at });
      }
    }
    if (open.length > MAX_DEPTH) {
      throw new TemplateFault(TEMPLATE_ERROR, `the expression is nested more than ${MAX_DEPTH} deep`, { offset: at });
    }
    if (tokens.push(token) > MAX_TOKENS) {
      throw new TemplateFault(TEMPLATE_ERROR, `the expression has more than ${MAX_TOKENS} words`, { offset: from });
    }
    at = token.end;
  }
}

function readToken(text: string, at: number, afterDot: boolean): Token {
  // `x.0.1` is two indexes, not a fraction.
  const pattern = afterDot && /[0-9]/.test(text[at]!) ? DIGITS : TOKEN;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (!match) {
    const quoted = /["']/.test(text[at]!);
    throw new TemplateFault(
      TEMPLATE_ERROR,
      quoted ? 'the text in quotes does not end' : `"${text[at]!}" has no meaning here`,
      {
        offset: at,
      },
    );
  }
  const type = pattern === DIGITS || match[3] ? 'number' : match[1] ? 'name' : match[2] ? 'string' : 'operator';
  return { type, text: match[0], start: at, end: at + match[0].length };
}

const unclosed = (opener: string, offset: number): TemplateFault =>
  new TemplateFault(TEMPLATE_ERROR, `"${opener}" is not closed`, {
    offset,
    length: opener.length,
    hint: opener.startsWith('{') && opener !== '{' ? `to have it as text, write {{ '${opener}' }}` : undefined,
  });

/** The tokens of a bare expression. */
export const lexExpression = (text: string): readonly Token[] => readTokens(text, 0, undefined).tokens;

/** Splits a template; the sections cover its text without gaps. */
export function lexTemplate(text: string): readonly Section[] {
  const sections: Section[] = [];
  const plain = (type: 'text' | 'verbatim', start: number, end: number): void => {
    if (end > start) sections.push({ type, start, end, tokens: [], trimBefore: false, trimAfter: false });
    done = end;
  };
  let done = 0;
  for (let at = nextOpening(text, 0); at >= 0; at = nextOpening(text, done)) {
    plain('text', done, at);
    if (text[at + 1] === '#') {
      const end = text.indexOf('#}', at + 2);
      if (end < 0) throw unclosed('{#', at);
      plain('verbatim', at, end + 2);
      continue;
    }
    RAW.lastIndex = at;
    const raw = RAW.exec(text);
    if (raw) {
      plain('verbatim', at, at + raw[0].length);
      continue;
    }
    const output = text[at + 1] === '{';
    const sign = text[at + 2] === '-' || text[at + 2] === '+' ? 1 : 0;
    const { tokens, end } = readTokens(text, at + 2 + sign, output ? '}}' : '%}');
    const trimAfter = text[end] === '-';
    done = end + (trimAfter || text[end] === '+' ? 3 : 2);
    const type = output ? 'output' : 'statement';
    sections.push({ type, start: at, end: done, tokens, trimBefore: text[at + 2] === '-', trimAfter });
  }
  plain('text', done, text.length);
  return sections;
}

function nextOpening(text: string, from: number): number {
  const found = text.slice(from).search(/\{[{%#]/);
  return found < 0 ? -1 : from + found;
}

/**
 * What a backslash in quotes means. In a template file and in a condition it is Python's. Inside of `{{ … }}` in a
 * playbook Ansible keeps it, as YAML has taken its own away already: so `'\1'` reaches a regular expression as it is.
 */
export type Escapes = 'python' | 'kept';

/** The value of a quoted text. */
export function unquote(text: string, escapes: Escapes): string {
  const inner = text.slice(1, -1);
  if (escapes === 'kept') return inner.replaceAll(`\\${text[0]!}`, text[0]!);
  return inner.replace(ESCAPE, (all, code?: string, octal?: string, char?: string) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
    const point = code === undefined ? 0 : parseInt(code.slice(1), 16);
    if (code !== undefined) return point > 0x10ffff ? all : String.fromCodePoint(point);
    return CHARACTERS[char!] ?? all;
  });
}

const ESCAPE = /\\(?:(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([0-7]{1,3})|([^]))/g;

/** What stands for one character; as in Python, a backslash before anything else is one. */
const CHARACTERS: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', a: '\u0007', v: '\v' },
  ...{ '\\': '\\', "'": "'", '"': '"', '\n': '' },
};
