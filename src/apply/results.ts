import type { Section } from '../facts/parse.ts';
import type { Outcome, Times } from '../task.ts';
import { readTimes } from '../task/times.ts';
import type { Step } from './steps.ts';

/** What became of one numbered command. */
export type Result = 'done' | 'not run' | { readonly failed: Outcome };

export interface Results {
  readonly byCommand: ReadonlyMap<number, Result>;
  /** Outcomes of programs and probes, also when they succeeded. */
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Why the ledger could not be written, which stops everything. */
  readonly ledger?: string | undefined;
  /** Sections that are not about steps: the facts. */
  readonly rest: readonly Section[];
}

/** Reads what `renderApply`'s script printed, and says of each command what became of it. */
export function readResults(steps: readonly Step[], sections: readonly Section[]): Results {
  const byCommand = new Map<number, Result>();
  const outcomes = new Map<number, Outcome>();
  const rest: Section[] = [];
  for (const { commands } of steps) for (const { id } of commands) byCommand.set(id, 'not run');
  let ledger: string | undefined;
  let open: { id: number; stdout: string; stderr: string; skipped?: string; times?: Times | undefined } | undefined;
  let complaint = '';
  for (const { name, text } of sections) {
    const [word, id, rc] = name.split(' ');
    if (word === 'step') open = { id: Number(id), stdout: text, stderr: '' };
    else if (word === 'stderr' && open) open.stderr = text;
    else if (word === 'skip' && open) open.skipped = text;
    else if (word === 'times' && open) open.times = readTimes(name.slice(word.length));
    else if (word === 'done') {
      const step = steps.find((one) => one.id === Number(id));
      if (step && open) settle(step, { ...open, rc: Number(rc) }, byCommand, outcomes);
      open = undefined;
    } else if (word === 'ledger' && (id === 'intent' || id === 'final' || id === 'owed')) complaint = text;
    else if (word === 'ledger-failed') ledger = (complaint || text).trim();
    else if (word !== 'ledger-end') rest.push({ name, text });
  }
  return { byCommand, outcomes, ledger, rest };
}

function settle(step: Step, outcome: Outcome, byCommand: Map<number, Result>, outcomes: Map<number, Outcome>): void {
  const [first] = step.commands;
  if (first?.command.do === 'probe') {
    for (const line of outcome.stdout.split('\n')) {
      const [index, rc, ...rest] = line.split(' ');
      const said = rest.join(' ');
      const numbered = step.commands[Number(index)];
      if (index === '' || !numbered) continue;
      outcomes.set(
        numbered.id,
        rc === '0' ? { rc: 0, stdout: said, stderr: '' } : { rc: Number(rc), stdout: '', stderr: said },
      );
      byCommand.set(numbered.id, 'done');
    }
    return;
  }
  if (first?.command.do === 'run' || first?.command.do === 'place') outcomes.set(first.id, outcome);
  const at = outcome.rc === 0 ? step.commands.length : failedAt(step, outcome.stdout);
  step.commands.forEach(({ id }, index) => {
    byCommand.set(id, index < at ? 'done' : index === at ? { failed: outcome } : 'not run');
  });
}

/** Which of several commands failed: `ip` tells its line, and the shell where its lines begin, or which write it was. */
function failedAt({ commands }: Step, output: string): number {
  if (commands.length === 1) return 0;
  const line = /^Command failed -:(\d+)$/m.exec(output);
  const from = /(?:^|\n)@(\d+)\s*$/.exec(output);
  return (from ? Number(from[1]) : 0) + (line ? Number(line[1]) - 1 : 0);
}
