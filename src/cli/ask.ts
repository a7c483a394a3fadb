import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { EXIT, NetwrightError } from '../error.ts';

const INTERRUPT = 3;

/** Asks the person at the terminal for something that is not shown while it is typed. `instead` needs no terminal. */
export const askSecret = (prompt: string, instead: string): string => askFor(prompt, instead, true);

/** The same for what may be seen, if it is not hidden. */
export function askFor(prompt: string, instead: string, hidden: boolean): string {
  const terminal = openTerminal();
  if (terminal === undefined) {
    throw new NetwrightError({
      code: 'NO_TERMINAL',
      message: `there is no terminal to ask for the ${prompt.replace(/:\s*$/, '').toLowerCase()}`,
      hint: `use ${instead}`,
    });
  }
  const stty = (...words: readonly string[]): string =>
    spawnSync('stty', words, { stdio: [terminal, 'pipe', 'ignore'], encoding: 'utf8' }).stdout.trim();
  const before = stty('-g');
  try {
    // Ctrl-C comes as a character, and at once, as it ends the line; so the terminal is as it was whatever is typed.
    stty(...(hidden ? ['-echo'] : []), '-isig', 'eol', '^C');
    writeSync(terminal, prompt);
    const typed = readLine(terminal);
    if (typed === undefined)
      throw new NetwrightError({ code: 'INTERRUPTED', message: 'interrupted' }, EXIT.interrupted);
    return typed;
  } finally {
    stty(before);
    if (hidden) writeSync(terminal, '\n');
    closeSync(terminal);
  }
}

function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    return undefined;
  }
}

/** Up to the end of the line; nothing where somebody wants out. */
function readLine(terminal: number): string | undefined {
  const bytes: number[] = [];
  const one = Buffer.alloc(1);
  while (readSync(terminal, one) === 1 && one[0] !== 10 && one[0] !== 13) {
    if (one[0] === INTERRUPT) return undefined;
    bytes.push(one[0]!);
  }
  return Buffer.from(bytes).toString('utf8');
}
