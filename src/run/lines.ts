import { describeCommand } from '../command.ts';
import type { PlannedTask } from '../plan.ts';
import { describePlanned, HIDDEN, type Emit, type Event } from '../report.ts';

/** The line of a planned task, whether it is going to happen or has happened. */
export function emitPlanned(emit: Emit, host: string, task: PlannedTask, failure?: string): void {
  const { title, verdict, changes, summary, secret } = task;
  const hidden = secret === true ? HIDDEN : undefined;
  const notes = hidden === undefined ? task.notes : [];
  const commands = hidden !== undefined ? [] : changes.flatMap((change) => change.commands.map(describeCommand));
  if (failure !== undefined) {
    emit({ type: 'task', host, title, sign: '!', status: 'failed', detail: hidden ?? failure, notes, commands });
    return;
  }
  if (verdict === 'skipped') {
    emit({ type: 'task', host, title, sign: ' ', status: 'skipped', detail: summary ?? '' });
    return;
  }
  const detail = changes.length === 0 ? '' : (hidden ?? describePlanned(task));
  const status = changes.length === 0 ? 'ok' : 'changed';
  emit({ type: 'task', host, title, sign: verdict, status, detail, notes, commands });
}

/** That the look afterwards found a rest, which is there no more. */
export const repaired = (host: string, rounds: number): Event => ({
  type: 'message',
  text: `  ${host}  repaired a rest in ${rounds} more round(s)`,
});
