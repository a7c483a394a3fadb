import type { Member } from './fleet.ts';
import type { Written } from './items.ts';
import type { Run } from './context.ts';

/** Does something about the run itself; what ends the play for all does so at the first host on which it is true. */
export function runMeta({ play, emit, over }: Run, act: Written, members: readonly Member[]): void {
  for (const member of members) {
    const item = play.items(member.name).find(({ index }) => index === act.index);
    if (member.state !== 'fine' || item?.sort !== 'act') continue;
    if (act.meta === 'clear_host_errors' && item.skipped === undefined) for (const one of members) one.flow.clear();
    if (!member.flow.admits(act.frames)) continue;
    if (item.skipped !== undefined) {
      const { title, skipped: detail } = item;
      member.counts.skipped += 1;
      emit({ type: 'task', host: member.name, title, task: title, sign: ' ', status: 'skipped', detail });
      continue;
    }
    if (act.meta === 'end_host') member.flow.ended = true;
    if (act.meta === 'end_batch' || act.meta === 'end_play') for (const one of members) one.flow.ended = true;
    if (act.meta === 'end_play') over.play = true;
  }
}
