import type { Judgement, Outcome } from '../task.ts';

/** What a task registers; `stdout` and the like are there after a program ran. */
export type Result = Readonly<Record<string, unknown>>;

/** The result of a task, or of one item of its loop. Texts from hosts are data: nothing ever renders them. */
export function resultOf(judgement: Judgement, outcomes: readonly Outcome[] = []): Result {
  const { changed, failed, detail, result, told } = judgement;
  const last = told === undefined ? outcomes.at(-1) : told;
  const said = last && {
    rc: last.rc,
    stdout: stripped(last.stdout),
    stderr: stripped(last.stderr),
    stdout_lines: lines(last.stdout),
    stderr_lines: lines(last.stderr),
  };
  return { changed, failed: failed !== undefined, msg: failed ?? detail, ...said, ...result };
}

/** The result of a task that was skipped because a condition was false. */
export const skippedResult = (condition: string): Result => ({
  changed: false,
  failed: false,
  skipped: true,
  skip_reason: 'Conditional result was False',
  false_condition: condition,
});

/** Why a loop without items is skipped; as in Ansible it is a task nevertheless. */
export const NO_ITEMS = 'no items in the list';

/** The result of a loop, as Ansible gives it: the items' own under `results`. */
export const loopResult = (
  loopVar: string,
  items: readonly { readonly item: unknown; readonly result: Result }[],
): Result => ({
  changed: items.some(({ result }) => result.changed === true),
  failed: items.some(({ result }) => result.failed === true),
  // As in Ansible, whether it is there tells it already.
  ...(items.every(({ result }) => result.skipped === true) ? { skipped: true } : {}),
  results: items
    .filter(({ result }) => result.false_condition !== NO_ITEMS)
    .map(({ item, result }) => ({ ...result, [loopVar]: item, ansible_loop_var: loopVar })),
});

/** As Ansible gives it: what a program prints ends with a newline, and what it says does not. */
const stripped = (text: string): string => text.replace(/(?<![\r\n])[\r\n]+$/, '');

/** As Python's `splitlines`: the last line end makes no empty line. */
const lines = (text: string): string[] => (text === '' ? [] : stripped(text).split(/\r?\n/));
