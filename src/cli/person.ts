import { createInterface, type Interface } from 'node:readline/promises';
import { askSecret } from './ask.ts';

function openLines(): Interface {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // While it asks, ^C is a character and no signal.
  return lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
}

/** Asks the person at the terminal for a yes; nothing where there is no terminal. */
export function person(): ((question: string, signal: AbortSignal) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question, signal) => {
    const lines = openLines();
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
    } finally {
      lines.close();
    }
  };
}

/** Asks the person at the terminal for a text; nothing where there is no terminal. */
export function prompter():
  ((question: string, hidden: boolean, signal?: AbortSignal) => Promise<string | undefined>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question, hidden, signal) => {
    if (hidden) return askSecret(`${question}: `, 'a terminal');
    const lines = openLines();
    try {
      return await lines.question(`${question}: `, signal ? { signal } : {});
    } catch (error) {
      if (signal?.aborted) return undefined;
      throw error;
    } finally {
      lines.close();
    }
  };
}
