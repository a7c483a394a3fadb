/** A shell glob (`*`, `?`, `[abc]`, `[!abc]`) as the source of a regular expression, which a range like `[z-a]` makes none. */
export const globSource = (glob: string): string =>
  glob.replace(/\[(!?)([^\]]+)\]|[^]/g, (text, not: string, set?: string) => {
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\^[]/g, '\\$&')}]`;
    return text === '*' ? '.*' : text === '?' ? '.' : text.replace(/[\\^$.|+(){}[\]]/g, '\\$&');
  });
