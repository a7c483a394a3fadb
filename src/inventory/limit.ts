import type { Problem } from '../error.ts';
import type { Files } from './files.ts';
import type { Inventory } from './model.ts';
import { selectHosts, type Selection } from './pattern.ts';

/** The hosts that `--limit` leaves: a pattern, in which `@FILE` stands for the patterns in a file, one per line. */
export function selectLimit(inventory: Inventory, limit: string, files: Files): Selection {
  const problems: Problem[] = [];
  const pieces = limit.split(',').flatMap((piece) => {
    const text = piece.trim();
    if (!text.startsWith('@')) return text === '' ? [] : [text];
    const path = text.slice(1);
    const content = files.read(path);
    if (content === undefined) problems.push({ code: 'NO_FILE', message: `--limit: there is no file ${path}` });
    const lines = (content ?? '').split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  });
  if (problems.length > 0) return { hosts: [], problems };
  if (pieces.length === 0) {
    const hint = 'leave it out for all hosts';
    return { hosts: [], problems: [{ code: 'BAD_PATTERN', message: '--limit: it names no host', hint }] };
  }
  const { hosts, problems: found } = selectHosts(inventory, pieces.join(','));
  return { hosts, problems: found.map((problem) => ({ ...problem, message: `--limit: ${problem.message}` })) };
}
