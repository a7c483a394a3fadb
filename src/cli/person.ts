import { createInterface } from 'node:readline/promises';

/** Asks the person at the terminal for a yes; nothing where there is no terminal. */
export function person(): ((question: string, signal: AbortSignal) => Promise<boolean>) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question, signal) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // While it asks, ^C is a character and no signal.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
    } finally {
      lines.close();
    }
  };
}
