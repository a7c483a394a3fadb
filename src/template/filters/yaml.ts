import type { Mapping } from './filter.ts';

interface Style {
  /** Columns of one level. */
  readonly indent: number;
  /** Columns after which a line is broken at a space. */
  readonly width: number;
  /** Lists and mappings in one line; without a word, those that hold nothing but scalars. */
  readonly flow: boolean | undefined;
  readonly start: boolean;
  readonly end: boolean;
}

/** Texts that YAML 1.1 takes for something else: booleans, numbers, times, null, merge keys. */
const NO_TEXT = new RegExp(
  [
    'yes|no|true|false|on|off|null|~||<<|=|[!&*]',
    String.raw`[-+]?[0-9][0-9_]*\.[0-9_]*(e[-+][0-9]+)?|\.[0-9][0-9_]*(e[-+][0-9]+)?|[-+]?\.inf|\.nan`,
    String.raw`[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[-+]?0b[01_]+|[-+]?0x[0-9a-f_]+|[-+]?(0|[1-9])[0-9_]*|[-+]?0[0-7_]+`,
    String.raw`\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?`,
  ]
    .map((one) => `(?:${one})`)
    .join('|')
    .replace(/^/, '^(?:')
    .replace(/$/, ')$'),
  'i',
);

/** YAML as PyYAML writes it: what Ansible has put into files stays as it is. */
export const yamlOf = (value: unknown, style: Style): string => new Writer(style).document(value);

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;
const valuesOf = (value: object): readonly unknown[] => Object.values(value);

class Writer {
  readonly #style: Style;
  #text = '';

  constructor(style: Style) {
    this.#style = style;
  }

  document(value: unknown): string {
    if (this.#style.start) this.#write(isScalar(value) || this.#isFlow(value as object) ? '--- ' : '---\n');
    if (isScalar(value)) this.#scalar(value, this.#style.indent, 'root');
    else this.#collection(value as object);
    return `${this.#text}\n${this.#style.end ? '...\n' : ''}`;
  }

  #write(text: string): void {
    this.#text += text;
  }

  get #column(): number {
    return this.#text.length - this.#text.lastIndexOf('\n') - 1;
  }

  #line(indent: number): void {
    this.#write(`${this.#text === '' || this.#text.endsWith('\n') ? '' : '\n'}${' '.repeat(indent)}`);
  }

  #isFlow(value: object): boolean {
    const values = valuesOf(value);
    return values.length === 0 || (this.#style.flow ?? values.every(isScalar));
  }

  #collection(value: object): void {
    if (this.#isFlow(value)) this.#flow(value, this.#style.indent);
    else if (Array.isArray(value)) this.#list(value, 0, false);
    else this.#mapping(value as Mapping, 0, false);
  }

  /** `goesOn`: its first part stands in the line that is there already. */
  #list(items: readonly unknown[], indent: number, goesOn: boolean): void {
    items.forEach((item, index) => {
      if (index > 0 || !goesOn) this.#line(indent);
      this.#write('-');
      this.#inside(item, indent);
    });
  }

  #mapping(value: Mapping, indent: number, goesOn: boolean): void {
    Object.entries(value).forEach(([key, inner], index) => {
      if (index > 0 || !goesOn) this.#line(indent);
      this.#scalar(key, indent, 'key');
      this.#write(':');
      if (isScalar(inner) || this.#isFlow(inner as object)) this.#part(inner, indent);
      else if (Array.isArray(inner)) this.#list(inner, indent, false);
      else this.#mapping(inner as Mapping, indent + this.#style.indent, false);
    });
  }

  /** What stands behind a dash: its own parts begin in the same line. */
  #inside(item: unknown, indent: number): void {
    if (isScalar(item) || this.#isFlow(item as object)) {
      this.#part(item, indent);
      return;
    }
    const inner = indent + this.#style.indent;
    this.#write(' '.repeat(Math.max(1, inner - this.#column)));
    if (Array.isArray(item)) this.#list(item, inner, true);
    else this.#mapping(item as Mapping, inner, true);
  }

  #part(value: unknown, indent: number): void {
    this.#write(' ');
    if (isScalar(value)) this.#scalar(value, indent + this.#style.indent, 'block');
    else this.#flow(value as object, indent + this.#style.indent);
  }

  #flow(value: object, indent: number): void {
    const isList = Array.isArray(value);
    this.#write(isList ? '[' : '{');
    Object.entries(value).forEach(([key, inner]: [string, unknown], index) => {
      if (index > 0) this.#write(',');
      if (this.#column > this.#style.width) this.#line(indent);
      else if (index > 0) this.#write(' ');
      if (!isList) {
        this.#scalar(key, indent, 'flow');
        this.#write(': ');
      }
      if (isScalar(inner)) this.#scalar(inner, indent, 'flow');
      else this.#flow(inner as object, indent + this.#style.indent);
    });
    this.#write(isList ? ']' : '}');
  }

  #scalar(value: unknown, indent: number, where: 'root' | 'block' | 'flow' | 'key'): void {
    if (typeof value !== 'string') {
      this.#write(JSON.stringify(value ?? null));
      return;
    }
    const quoting = quotingOf(value, where);
    const isKey = where === 'key';
    if (quoting === '"') this.#write(JSON.stringify(value));
    else if (quoting === '') this.#folded(value, indent, isKey);
    else {
      this.#write("'");
      value.split(/(\n+)/).forEach((part, index) => {
        // One line end would be a space when it is read again.
        if (index % 2 === 1) this.#write(`\n${part}${' '.repeat(indent)}`);
        else this.#folded(part.replaceAll("'", "''"), indent, isKey);
      });
      this.#write("'");
    }
  }

  /** Broken at single spaces where the line is too long already. */
  #folded(text: string, indent: number, isKey: boolean): void {
    for (const word of text.split(/((?<=[^ ]) (?=[^ ]))/)) {
      if (word === ' ' && !isKey && this.#column > this.#style.width) this.#write(`\n${' '.repeat(indent)}`);
      else this.#write(word);
    }
  }
}

/** How a text must be quoted to be read as what it is. */
function quotingOf(text: string, where: 'root' | 'block' | 'flow' | 'key'): '' | "'" | '"' {
  if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufeff\u2028\u2029]| \n/.test(text)) return '"';
  if (text.includes('\n') && where === 'key') return '"';
  const isIndicator =
    /^(---|\.\.\.)|^[#,[\]{}&*!|>'"%@`]|^[?:-](\s|$)|:(\s|$)|\s#/.test(text) ||
    (where === 'flow' && (/^[?:]/.test(text) || /[,?[\]{}:]/.test(text.slice(1))));
  if (NO_TEXT.test(text) || isIndicator || /^\s|\s$|\n/.test(text)) return "'";
  return '';
}
