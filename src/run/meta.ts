import type { Member } from './fleet.ts';
import type { Written } from './items.ts';
import type { Run } from './context.ts';

/** Does something about the run itself; what ends the play for all does so at the first host on which it is true. */
export function runMeta({ play, over }: Run, act: Written, members: readonly Member[]): Promise<void> {
  for (const member of members) {
    if (member.state !== 'fine') continue;
    const isDone = play
      .items(member.name)
      .some((item) => item.index === act.index && item.sort === 'act' && item.chosen && item.skipped === undefined);
    if (!isDone) continue;
    if (act.meta === 'clear_host_errors') for (const one of members) one.flow.clear();
    if (!member.flow.admits(act.frames)) continue;
    if (act.meta === 'end_host') member.flow.ended = true;
    if (act.meta === 'end_batch' || act.meta === 'end_play') for (const one of members) one.flow.ended = true;
    if (act.meta === 'end_play') over.play = true;
  }
  return Promise.resolve();
}
