import { createInterface } from 'node:readline/promises';
import { askSecret } from './ask.ts';

const isThere = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** A line that is typed; an empty one for ^D, and nothing if it is not wanted any more. */
async function line(question: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // While it asks, ^C is a character and no signal.
  lines.on('SIGINT', () => {
    process.stderr.write('\n');
    process.kill(process.pid, 'SIGINT');
  });
  try {
    return await lines.question(question, signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) return undefined;
    if ((error as NodeJS.ErrnoException).code !== 'ABORT_ERR') throw error;
    process.stderr.write('\n');
    return '';
  } finally {
    lines.close();
  }
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
