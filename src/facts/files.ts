import type { World } from './world.ts';

/**
 * Files from what `stat -c '%a %s %n'` said of each and `grep -H ''` of all their lines, in the same order. The size
 * tells where a file ends and whether its last line ends with a newline. What is not text comes as far as it is one.
 * What comes after them is left over.
 */
export function parseFiles(listed: string, lines: string): { readonly files: World['files']; readonly rest: string } {
  let rest = lines;
  const next = (path: string): string | undefined => {
    if (!rest.startsWith(`${path}:`)) return undefined;
    const end = rest.indexOf('\n');
    const line = rest.slice(path.length + 1, end === -1 ? undefined : end);
    rest = end === -1 ? '' : rest.slice(end + 1);
    return line;
  };
  const files = Object.create(null) as World['files'];
  for (const [, mode = '', size, path = ''] of listed.matchAll(/^(\d+) (\d+) (.*)$/gm)) {
    const bytes = Number(size);
    let content = '';
    let length = 0;
    const take = (line: string | undefined): boolean => {
      if (line === undefined) return false;
      content += `${line}\n`;
      length += Buffer.byteLength(line) + 1;
      return true;
    };
    while (length < bytes && take(next(path)));
    if (length === bytes + 1) content = content.slice(0, -1);
    // Bytes that are no UTF-8 became more than they were; and `grep` says of what is no text only that it is none.
    else if (length > bytes) while (take(next(path)));
    else if (length < bytes)
      while (rest !== '' && !rest.startsWith('/')) rest = rest.slice(rest.indexOf('\n') + 1 || rest.length);
    files[path] = { mode: mode.padStart(4, '0'), content };
  }
  return { files, rest };
}
