import { quote } from '../command.ts';
import { ledgerPath, LEDGER_DIRECTORY, renderLedger, type Ledger } from '../facts/ledger.ts';
import { owedPath, renderOwed, type Owed } from '../facts/owed.ts';
import { ownFile } from '../facts/run-directory.ts';
import { schedule, type Numbered } from './schedule.ts';
import { FUNCTIONS, hostSteps, namespaceStep, type Step } from './steps.ts';
import { TIDY } from './tidy.ts';

/** With more namespaces than this in a stage, two workers share them. */
const FEW = 4;

export interface Rendered {
  readonly text: string;
  readonly steps: readonly Step[];
}

export interface Writes {
  /** Before everything else: the handlers that labs owe; a lab without any loses its file. */
  readonly owed?: readonly { readonly lab: string; readonly plays: Owed }[] | undefined;
  /** Before the first change. */
  readonly intent?: Ledger | undefined;
  /** After the last one, if all went well; `removed` when the lab owns nothing any more. */
  readonly final?: Ledger | { readonly removed: string } | undefined;
}

/**
 * The script that makes changes, in order, stopping at the first that fails, unless it shall keep going, as an undo
 * does; `then` runs in any case (the facts), `last` only after success (probes). Its exit code is 1 after a failure.
 */
export function renderApply(
  commands: readonly Numbered[],
  writes: Writes,
  then: string,
  last: readonly Numbered[],
  keepGoing = false,
): Rendered {
  const guarded = keepGoing ? unguarded : guardedStep;
  const steps: Step[] = [];
  let id = 0;
  const nextId = (): number => id++;
  // Who only runs programs may do so beside another run, which writes.
  const writing =
    commands.length > 0 || Object.keys(writes).length > 0 || last.some(({ command }) => command.do === 'place');
  const lines = writing ? [TIDY, FUNCTIONS] : [FUNCTIONS];
  for (const one of writes.owed ?? []) lines.push(owed(one));
  if (writes.intent) lines.push(ledger(writes.intent, 'intent'));
  // Of several in one process the first that fails would keep the others from being tried.
  const stages = keepGoing
    ? commands.map((one) => ({ host: [one], namespaces: new Map<string, Numbered[]>() }))
    : schedule(commands);
  for (const { host, namespaces } of stages) {
    const inHost = hostSteps(host, nextId);
    steps.push(...inHost);
    lines.push(...inHost.map(guarded));
    const inside = [...namespaces].map(([scope, list]) => namespaceStep(nextId(), scope, list));
    steps.push(...inside);
    lines.push(...sideBySide(inside));
  }
  if (writes.final) lines.push(ledger(writes.final, 'final'));
  lines.push(then);
  const probes = hostSteps(last, nextId);
  steps.push(...probes);
  lines.push(...probes.map(guarded));
  lines.push('mark end', 'exit $stop');
  return { text: lines.join('\n'), steps };
}

const reported = ({ id, text }: Step): string => {
  // The report must come after a heredoc's body, so the step stands on lines of its own.
  return `mark 'step ${id}'\n${text}\nrc=$?; mark "done ${id} $rc"; [ $rc = 0 ] || stop=1`;
};

const guardedStep = (step: Step): string => `if [ $stop = 0 ]; then\n${reported(step)}\nfi`;

const unguarded = (step: Step): string => `${reported(step)}\nfailed=$((\${failed:-0} + stop)); stop=0`;

/** Steps of different namespaces; the output of each worker is kept apart and joined. */
function sideBySide(steps: readonly Step[]): string[] {
  if (steps.length <= FEW) return steps.map(guardedStep);
  const half = Math.ceil(steps.length / 2);
  const worker = (list: readonly Step[], file: string): string =>
    `{\n${list.map(guardedStep).join('\n')}\n[ $stop = 0 ] || : >"$d/failed"\n} >"$d/${file}"`;
  const [{ id }] = steps as [Step];
  return [
    'if [ $stop = 0 ]; then',
    `d=${ownFile('directory')} || { mark 'step ${id}'; echo "$d"; mark 'done ${id} 1'; stop=1; }`,
    'fi',
    'if [ $stop = 0 ]; then',
    `${worker(steps.slice(0, half), 'a')} &`,
    // Not for everything that runs: what a playbook starts stays.
    'first=$!',
    worker(steps.slice(half), 'b'),
    'wait $first; cat "$d/a" "$d/b"; [ ! -e "$d/failed" ] || stop=1; rm -rf "$d"',
    'fi',
  ];
}

function owed({ lab, plays }: { readonly lab: string; readonly plays: Owed }): string {
  const path = owedPath(lab);
  return Object.keys(plays).length === 0
    ? `rm -f ${quote(path)}; rmdir ${LEDGER_DIRECTORY} 2>/dev/null`
    : kept(path, renderOwed(plays), 'owed');
}

function ledger(value: Ledger | { readonly removed: string }, name: string): string {
  if ('removed' in value) {
    const path = quote(ledgerPath(value.removed));
    return `if [ $stop = 0 ]; then rm -f ${path}; rmdir ${LEDGER_DIRECTORY} 2>/dev/null; fi`;
  }
  return kept(ledgerPath(value.lab), renderLedger(value), name);
}

/** What has to be on the disk before anything else may happen. */
function kept(path: string, content: string, name: string): string {
  const write = `put ${quote(path)} 0600 ${Buffer.byteLength(content)} ${quote(content)}`;
  return `if [ $stop = 0 ]; then mark 'ledger ${name}'; ${write} 2>&1 || { mark 'ledger-failed ${name}'; stop=1; }; mark 'ledger-end'; fi`;
}
