/** Splits a line as a POSIX shell would, with quotes and backslashes and nothing else; nothing if a quote is open. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      word ??= '';
      for (at += 1; line[at] !== char; at++) {
        if (at >= line.length) return undefined;
        // In double quotes a backslash is special only before these (POSIX.1-2017, 2.2.3).
        if (char === '"' && line[at] === '\\' && /["\\$`]/.test(line[at + 1] ?? '')) at += 1;
        word += line[at]!;
      }
    } else if (char === '\\') {
      if (at + 1 >= line.length) return undefined;
      word = (word ?? '') + line[++at]!;
    } else word = (word ?? '') + char;
  }
  return word === undefined ? words : [...words, word];
}
