import { printable } from '../error.ts';
import type { Prompt } from './ask.ts';
import type { Member } from './fleet.ts';
import type { Segment } from './items.ts';
import type { Play } from './project.ts';

/** Asks the person at the terminal before each task, until told to go on without asking. */
export class Stepper {
  readonly #prompt: Prompt;
  readonly #stop: AbortSignal | undefined;
  #goesOn = false;

  constructor(prompt: Prompt, stop: AbortSignal | undefined) {
    this.#prompt = prompt;
    this.#stop = stop;
  }

  /** Whether to do a segment; where nobody would do anything, nobody is asked. */
  async allows(play: Play, { states, act }: Segment, members: readonly Member[]): Promise<boolean> {
    const tasks = [...states, ...(act === undefined || act.meta !== undefined || act.includes ? [] : [act])];
    const due = tasks.find(({ index, handler }) =>
      members.some(
        ({ name, state, flow }) =>
          state === 'fine' &&
          (handler === undefined || flow.notified.has(handler)) &&
          play.items(name).some((item) => item.index === index && item.chosen),
      ),
    );
    if (this.#goesOn || due === undefined) return true;
    const question = `Perform task: ${printable(due.title)} (N)o/(y)es/(c)ontinue`;
    const answer = await this.#prompt(question, false, this.#stop);
    this.#goesOn = /^c(ontinue)?$/i.test(answer?.trim() ?? '');
    return this.#goesOn || /^y(es)?$/i.test(answer?.trim() ?? '');
  }
}
