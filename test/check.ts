import { DiskFiles } from '../src/cli/files.ts';
import { loadText } from '../src/cli/load.ts';
import { formatProblem, NetwrightError, sortProblems, type Problem } from '../src/error.ts';
import { kinds } from '../tasks/index.ts';

/** Everything that is wrong with the text of a playbook, as a person sees it; nothing when all is well. */
export function check(text: string, file: string): string {
  return sortProblems(problemsOf(text, file))
    .map((problem) => `${formatProblem(problem)}\n`)
    .join('');
}

function problemsOf(text: string, file: string): readonly Problem[] {
  try {
    return loadText(text, file, file, { kinds, inventories: [], extraVars: [] }, new DiskFiles()).problems;
  } catch (error) {
    if (error instanceof NetwrightError) return error.problems;
    throw error;
  }
}
