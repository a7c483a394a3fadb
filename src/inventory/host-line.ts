/** A word of a line, without its quotes; the offsets are those of what stands there. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The words of a host's line, as Python's `shlex` takes a line apart with its comments: a `#` outside of quotes ends the
 * line even within a word, and in double quotes a backslash is special only before a quote or another one. Nothing if a
 * quote is open at the end.
 */
export function hostWords(line: string, offset: number): Word[] | undefined {
  const words: Word[] = [];
  let text = '';
  let start = -1;
  const end = (at: number): void => {
    if (start >= 0) words.push({ text, start: offset + start, end: offset + at });
    text = '';
    start = -1;
  };
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === ' ' || char === '\t') {
      end(at);
      continue;
    }
    if (char === '#') {
      end(at);
      return words;
    }
    if (start < 0) start = at;
    if (char === '\\') {
      if (at + 1 >= line.length) return undefined;
      text += line[++at]!;
    } else if (char === "'" || char === '"') {
      for (at += 1; line[at] !== char; at++) {
        if (at >= line.length) return undefined;
        if (char === '"' && line[at] === '\\' && (line[at + 1] === '"' || line[at + 1] === '\\')) at += 1;
        text += line[at]!;
      }
    } else text += char;
  }
  end(line.length);
  return words;
}
