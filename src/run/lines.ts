import { describeCommand } from '../command.ts';
import type { PlannedTask } from '../plan.ts';
import { describeChanges, type Emit } from '../report.ts';

/** The line of a planned task, whether it is going to happen or has happened. */
export function emitPlanned(emit: Emit, host: string, task: PlannedTask, failure?: string): void {
  const { title, verdict, changes, summary, notes } = task;
  const commands = changes.flatMap((change) => change.commands.map(describeCommand));
  if (failure !== undefined) {
    emit({ type: 'task', host, title, sign: '!', status: 'failed', detail: failure, notes, commands });
    return;
  }
  if (verdict === 'skipped') {
    emit({ type: 'task', host, title, sign: ' ', status: 'skipped', detail: summary ?? '' });
    return;
  }
  const detail = changes.length === 0 ? '' : (summary ?? describeChanges(changes));
  const status = changes.length === 0 ? 'ok' : 'changed';
  emit({ type: 'task', host, title, sign: verdict, status, detail, notes, commands });
}
