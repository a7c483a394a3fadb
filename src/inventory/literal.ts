import { DOUBLE, ESCAPES, NUMBER, PREFIX, SINGLE } from './literal-tokens.ts';

/** Not a literal; the text stands for itself then. */
const NONE = Symbol('no literal');

const DEEPEST = 32;

/**
 * The value of a text as Ansible's INI inventories type it: if the text is a Python literal, its value (tuples are
 * lists; https://docs.python.org/3/library/ast.html#ast.literal_eval), else the text. Nothing is evaluated. What JSON
 * cannot hold (complex numbers, sets, `...`) stays text.
 */
export function typedValue(text: string): unknown {
  // Texts that no literal begins with, which most are.
  if (!/^[ \t]*[-+.\d'"[({TFNbBrRuU]/.test(text)) return text;
  const value = new Literal(text).whole();
  return value === NONE ? text : value;
}

class Literal {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#list('', 0);
    if (value === NONE) return NONE;
    this.#blank();
    return this.#at === this.#text.length ? value : NONE;
  }

  #blank(): void {
    // A comment ends the line, and there is one line only.
    this.#match(/[ \t]*(?:#.*)?/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #take(char: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  /** What stands between commas up to `end`; without a comma and without brackets of its own, the value itself. */
  #list(end: string, depth: number): unknown {
    if (depth > DEEPEST) return NONE;
    const items: unknown[] = [];
    let commas = 0;
    for (;;) {
      this.#blank();
      const isOver = end === '' ? this.#at >= this.#text.length : this.#take(end);
      if (isOver) break;
      if (items.length > commas) {
        if (!this.#take(',')) return NONE;
        commas += 1;
        continue;
      }
      const item = this.#value(depth);
      if (item === NONE) return NONE;
      items.push(item);
    }
    if (end === ']' || commas > 0) return items.length === 0 && commas > 0 ? NONE : items;
    // `()` is an empty tuple; nothing at all is no literal.
    return items.length === 1 ? items[0] : end === ')' ? [] : NONE;
  }

  #value(depth: number): unknown {
    this.#blank();
    const first = this.#text[this.#at] ?? '';
    if (first === '[' || first === '(') {
      this.#at += 1;
      return this.#list(first === '[' ? ']' : ')', depth + 1);
    }
    if (first === '{') return this.#mapping(depth + 1);
    if (this.#peek(PREFIX)) return this.#string();
    const word = this.#match(/(?:True|False|None)(?![A-Za-z0-9_])/y);
    if (word !== undefined) return word === 'None' ? null : word === 'True';
    return this.#number();
  }

  #peek(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text);
  }

  #mapping(depth: number): unknown {
    if (depth > DEEPEST) return NONE;
    const pairs: [string, unknown][] = [];
    this.#at += 1;
    while (!this.#take('}')) {
      if (pairs.length > 0 && !this.#take(',')) return NONE;
      if (pairs.length > 0 && this.#take('}')) break;
      const key = this.#value(depth);
      if (key === NONE || !this.#take(':')) return NONE;
      const value = this.#value(depth);
      const name = keyOf(key);
      if (value === NONE || name === undefined) return NONE;
      pairs.push([name, value]);
    }
    return Object.fromEntries(pairs);
  }

  /** One or more quoted texts, which Python joins. */
  #string(): unknown {
    let joined = '';
    let count = 0;
    while (this.#peek(PREFIX)) {
      const isRaw = /r/i.test(this.#match(/[bBrRuU]*/y)!);
      const quoted = this.#match(this.#text[this.#at] === '"' ? DOUBLE : SINGLE);
      if (quoted === undefined) return NONE;
      const width = /^('''|""")/.test(quoted) ? 3 : 1;
      const inside = quoted.slice(width, -width);
      const text = isRaw ? inside : unescape(inside);
      if (text === undefined) return NONE;
      joined += text;
      count += 1;
      this.#blank();
    }
    return count > 0 ? joined : NONE;
  }

  #number(): unknown {
    const sign = this.#match(/[-+]/y);
    this.#blank();
    const digits = this.#match(NUMBER);
    // Letters and dots behind a number make something else of it: an address, a complex number, a version.
    if (digits === undefined || /[\w.]/.test(this.#text[this.#at] ?? '')) return NONE;
    const plain = digits.replaceAll('_', '');
    const value = /^0+$/.test(plain) ? 0 : Number(plain);
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return NONE;
    return sign === '-' && value !== 0 ? -value : value;
  }
}

/** JSON's names for what Python takes as a key; none for lists and for names that reach into objects. */
function keyOf(key: unknown): string | undefined {
  if (typeof key === 'object' && key !== null) return undefined;
  const name = String(key);
  return ['__proto__', 'constructor', 'prototype'].includes(name) ? undefined : name;
}

/** Python's escapes; nothing for those by name (`\N{…}`), and for a number that is no character. */
function unescape(text: string): string | undefined {
  const bad: string[] = [];
  const plain = text.replace(ESCAPES, (whole, char: string) => {
    if (char === 'N') bad.push(whole);
    const number = /^[0-7]/.test(char)
      ? Number.parseInt(char, 8)
      : /^[xuU]./.test(char)
        ? Number(`0x${char.slice(1)}`)
        : undefined;
    if (number === undefined) return SHORT[char] ?? whole;
    if (number <= 0x10ffff) return String.fromCodePoint(number);
    bad.push(whole);
    return '';
  });
  return bad.length === 0 ? plain : undefined;
}

const SHORT: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
