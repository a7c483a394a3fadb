/** A regular expression as Python writes it; nothing where it means something else here, or nothing at all. */
export function pattern(text: string): RegExp | undefined {
  const [, inline = '', rest = ''] = /^(?:\(\?([imsx]+)\))?([^]*)$/.exec(text) ?? [];
  if (inline.includes('x')) return undefined;
  const source = rest
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\(\\)|\\A/g, (found, escaped) => (escaped === undefined ? '^' : found))
    .replace(/\\(\\)|\\Z/g, (found, escaped) => (escaped === undefined ? '$' : found));
  // Conditionals, comments and possessive repetitions.
  if (/\(\?(\(|#)|[*+?}]\+/.test(source.replace(/\\./g, ''))) return undefined;
  try {
    return new RegExp(source, inline);
  } catch {
    return undefined;
  }
}

/** What a replacement text stands for: `\1`, `\g<1>` and `\g<name>` are what was matched there. */
export const expand = (text: string, match: RegExpExecArray): string =>
  text.replace(/\\(?:(\d{1,2})|g<(\w+)>|(n|t|\\))/g, (_, number?: string, name?: string, other?: string) => {
    if (other !== undefined) return { n: '\n', t: '\t', '\\': '\\' }[other]!;
    const key = number ?? name!;
    return (/^\d+$/.test(key) ? match[Number(key)] : match.groups?.[key]) ?? '';
  });
