import type { Layer } from '../inventory.ts';
import type { RawPlay, VarsPrompt } from '../playbook.ts';
import { data, type Bindings } from './scope.ts';

/** The answer to a question; a NetwrightError where there is nobody to answer. */
export type Asking = (prompt: VarsPrompt) => unknown;

/** The variables of a play for which a person is asked; what the command line gives is not asked. */
export const answersOf = ({ prompts }: RawPlay, extra: Layer | undefined, ask: Asking | undefined): Bindings =>
  new Map(
    prompts
      .filter(({ name }) => extra?.vars.has(name) !== true)
      .map((prompt) => {
        const { name, text } = prompt;
        if (ask) return [name, data(ask(prompt))];
        return [name, { is: 'pending', task: `the answer to "${text}"`, look: true }];
      }),
  );
