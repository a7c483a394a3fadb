import type { Judgement, Wait } from '../task.ts';
import type { Prompt } from './ask.ts';
import { pause } from './pause.ts';

/** Waits for some time, or for whoever is at the terminal; where nobody is, nobody is waited for. */
export async function pauseFor(
  wait: Wait,
  prompt: Prompt | undefined,
  signal: AbortSignal | undefined,
): Promise<Judgement> {
  const begun = Date.now();
  let said: string | undefined;
  if ('question' in wait) said = await prompt?.(wait.question, wait.hidden, signal);
  else await pause(wait.seconds * 1000, signal);
  const delta = Math.round((Date.now() - begun) / 1000);
  const stdout = 'question' in wait ? '' : `Paused for ${wait.seconds} seconds`;
  const nobody = 'question' in wait && prompt === undefined;
  const waited = nobody ? 'there is no terminal to ask at' : 'question' in wait ? 'answered' : `${wait.seconds} s`;
  const detail = signal?.aborted === true ? 'interrupted' : waited;
  return {
    changed: false,
    detail: 'says' in wait && wait.says !== undefined ? `${wait.says}: ${detail}` : detail,
    result: {
      ...{ user_input: said ?? '', delta, stdout, rc: 0 },
      start: new Date(begun).toISOString(),
      stop: new Date().toISOString(),
    },
  };
}
