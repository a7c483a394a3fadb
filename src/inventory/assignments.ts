/** What may stand within a word although it has spaces: quotes, and templates. */
const PIECE = /\\[^]|"(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|\{\{[^]*?\}\}|\{%[^]*?%\}|[^\s]/y;

const ESCAPES = /\\(?:U([0-9A-Fa-f]{8})|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\\'"abfnrtv]))/g;

const SHORT: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * The words of a line of `name=value`, as Ansible takes `--extra-vars` apart: split at spaces outside of quotes and
 * templates, with Python's escapes, and without the quotes around a whole value. Nothing if a quote is not closed.
 */
export function assignments(line: string): { word: string; name?: string; value?: string }[] | undefined {
  const words: string[] = [];
  let at = 0;
  let word = '';
  while (at <= line.length) {
    const char = line[at];
    if (char === undefined || /\s/.test(char)) {
      if (word !== '') words.push(word);
      word = '';
      at += 1;
      continue;
    }
    PIECE.lastIndex = at;
    const piece = PIECE.exec(line)?.[0] ?? char;
    if ((char === '"' || char === "'") && piece === char) return undefined;
    word += piece;
    at += piece.length;
  }
  return words.map((raw) => {
    const plain = raw.replace(ESCAPES, (_, long?: string, short?: string, byte?: string, letter?: string) =>
      letter === undefined ? characterOf(long ?? short ?? byte ?? '0') : (SHORT[letter] ?? letter),
    );
    const [, name, value] = /^([^=]*[^=\\])=([^]*)$/.exec(plain) ?? [];
    return name === undefined || value === undefined
      ? { word: raw }
      : { word: raw, name: name.trim(), value: unquoted(value.trim()) };
  });
}

const characterOf = (hex: string): string => {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
};

const unquoted = (text: string): string =>
  text.length > 1 && /^["']/.test(text) && text.endsWith(text[0]!) && text.at(-2) !== '\\' ? text.slice(1, -1) : text;
