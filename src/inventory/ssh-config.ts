import { readText } from '../source.ts';
import type { Draft } from './draft.ts';

/**
 * Adds the hosts that an ssh_config names (`Host a b`, as `vagrant ssh-config` writes it) to a draft; patterns name none.
 * How to reach them stays ssh's own business: it is given the same file.
 */
export function readSshConfig(text: string, file: string, draft: Draft): void {
  const { text: plain, source, problems } = readText(text, file);
  draft.problems.push(...problems);
  for (const { index, groups } of plain.matchAll(/^(?<key>[ \t]*Host(?:[ \t]*=[ \t]*|[ \t]+))(?<names>[^\r\n]*)/gim)) {
    const { key = '', names = '' } = groups ?? {};
    // A negated pattern says what the block is not for.
    for (const word of names.matchAll(/"([^"]*)"|[^\s"]+/g)) {
      const name = word[1] ?? word[0];
      if (/[*?!]/.test(name)) continue;
      const start = index + key.length + word.index;
      draft.addHost(name, 'ungrouped', { source, path: [start, start + word[0].length] });
    }
  }
}
