import { expect } from 'vitest';
import { controllerArgv, ROOT } from './netwright.ts';
import type { Rig } from './rig.ts';

/** What a person types when the screen shows something. */
export type Answers = readonly (readonly [shown: string, typed: string])[];

/** Runs the tool at a real terminal: a pty of its own, which is also its controlling one, as `/dev/tty` wants it. */
export async function atTerminal(rig: Rig, argv: readonly string[], answers: Answers) {
  const quoted = controllerArgv(rig, argv).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = rig.spawn(['script', '-qefc', quoted.join(' '), '/dev/null'], { cwd: ROOT, timeout: 100_000 });
  const left = [...answers];
  let screen = '';
  let seen = 0;
  child.stdout!.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    const [next] = left;
    const at = next === undefined ? -1 : screen.indexOf(next[0], seen);
    if (next === undefined || at < 0) return;
    seen = at + next[0].length;
    left.shift();
    child.stdin!.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const shown = screen.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
  expect(left, shown).toEqual([]);
  return { code, shown };
}
