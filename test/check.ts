import { formatProblem, sortProblems } from '../src/error.ts';
import { parsePlaybook } from '../src/playbook.ts';
import { parseSource } from '../src/source.ts';
import { kinds } from '../tasks/index.ts';

const byName = new Map(kinds.map((kind) => [kind.kind, kind]));

/** Everything that is wrong with the text of a playbook, as a person sees it; nothing when all is well. */
export function check(text: string, file: string): string {
  const { source, problems } = parseSource(text, file);
  const playbook = source ? parsePlaybook(source, byName) : { problems: [] };
  return sortProblems([...problems, ...playbook.problems])
    .map((problem) => `${formatProblem(problem)}\n`)
    .join('');
}
