import { createInterface } from 'node:readline';
import { askSecret } from './ask.ts';

const isThere = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** A line that is typed; an empty one for ^D, and nothing if it is not wanted any more. */
function line(question: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  if (signal?.aborted) return Promise.resolve(undefined);
  const lines = createInterface({ input: process.stdin, output: process.stderr, prompt: question });
  // While it asks, ^C is a character and no signal.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return new Promise<string | undefined>((resolve) => {
    const unwanted = (): void => {
      process.stderr.write('\n');
      answered(undefined);
    };
    const answered = (answer: string | undefined): void => {
      signal?.removeEventListener('abort', unwanted);
      lines.removeAllListeners('close').close();
      resolve(answer);
    };
    lines.once('line', answered);
    lines.once('close', () => {
      process.stderr.write('\n');
      answered('');
    });
    signal?.addEventListener('abort', unwanted, { once: true });
    lines.prompt();
  });
}

/** Asks the person at the terminal for a yes; nothing where there is no terminal. */
export function person(): ((question: string, signal: AbortSignal) => Promise<boolean>) | undefined {
  if (!isThere()) return undefined;
  return async (question, signal) => /^y(es)?$/i.test((await line(`${question} [y/N] `, signal))?.trim() ?? '');
}

/** Asks the person at the terminal for a text; nothing where there is no terminal. */
export function prompter():
  ((question: string, hidden: boolean, signal?: AbortSignal) => Promise<string | undefined>) | undefined {
  if (!isThere()) return undefined;
  return async (question, hidden, signal) =>
    hidden ? askSecret(`${question}: `, 'a terminal') : line(`${question}: `, signal);
}
