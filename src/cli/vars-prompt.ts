import { NetwrightError } from '../error.ts';
import type { VarsPrompt } from '../playbook.ts';
import type { Asking } from '../resolve.ts';
import { placeOf } from '../source.ts';
import { askFor } from './ask.ts';
import { secrets } from './secrets.ts';

const answers = new Map<string, unknown>();

/** Asks for each variable once, however often the playbook is resolved; two plays that ask the same ask once. */
export const askVariable: Asking = (prompt) => {
  const key = JSON.stringify([prompt.name, prompt.text]);
  if (!answers.has(key)) answers.set(key, ask(prompt));
  return answers.get(key);
};

function ask({ name, text, hidden, fallback, confirm, at }: VarsPrompt): unknown {
  const shown =
    fallback === undefined || hidden
      ? text
      : `${text} [${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}]`;
  const once = (question: string): string => {
    try {
      return askFor(`${question}: `, `-e ${name}=VALUE`, hidden);
    } catch (error) {
      if (!(error instanceof NetwrightError) || error.problems[0]?.code !== 'NO_TERMINAL') throw error;
      const message = `vars_prompt: there is no terminal to ask for "${name}"`;
      throw new NetwrightError({ code: 'NO_TERMINAL', message, place: placeOf(at), hint: `use -e ${name}=VALUE` });
    }
  };
  for (;;) {
    const answer = once(shown);
    if (confirm && once(`${text}, once more`) !== answer) continue;
    if (hidden) secrets.add(answer);
    return answer === '' && fallback !== undefined ? fallback : answer;
  }
}
