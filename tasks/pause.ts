import { defineTask } from '../src/task.ts';

const amount = (description: string) =>
  ({ type: 'number', minimum: 0, maximum: 86_400, description, examples: [5] }) as const;

export const pause = defineTask({
  kind: 'pause',
  description: 'Waits, once for all hosts: for some time, or until somebody at the terminal goes on.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      seconds: amount('How long.'),
      minutes: amount('The same in minutes.'),
      prompt: {
        type: 'string',
        minLength: 1,
        maxLength: 1000,
        description: 'What is asked; without seconds or minutes the run waits for the answer.',
      },
      echo: { type: 'boolean', default: true, description: 'false: what is typed is not shown.' },
    },
  },
  check: ({ seconds, minutes }) =>
    seconds !== undefined && minutes !== undefined
      ? [{ path: ['minutes'], code: 'CONFLICT', message: 'pause: either seconds or minutes', hint: 'keep seconds' }]
      : [],
  waits({ seconds, minutes, prompt, echo }) {
    const time = seconds ?? (minutes === undefined ? undefined : minutes * 60);
    return time === undefined
      ? { question: prompt ?? 'Press Enter to go on', hidden: !echo }
      : { seconds: time, says: prompt };
  },
});
