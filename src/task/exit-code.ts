import type { Judgement, Outcome } from '../task.ts';

/** What a program means by its exit code: other than 0 is a failure, and success a change. */
export function byExitCode(outcome: Outcome | undefined): Judgement {
  if (outcome?.skipped !== undefined) return { changed: false, detail: outcome.skipped };
  const rc = outcome?.rc ?? 1;
  const said = (rc === 0 ? outcome!.stdout : (outcome?.stderr ?? '') || (outcome?.stdout ?? '')).trim();
  const first = said.split('\n')[0] ?? '';
  // A program that failed has run, and who knows what it did: Ansible says the same.
  if (rc !== 0) return { changed: true, failed: `exit code ${rc}${first === '' ? '' : `: ${first}`}`, detail: '' };
  const more = said.includes('\n') ? ' …' : '';
  return { changed: true, detail: `${first}${more}` };
}
