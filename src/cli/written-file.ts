import { writeFileSync } from 'node:fs';
import { NetwrightError, type Exit } from '../error.ts';

/** Writes a file that the command line asked for; that it cannot be written is nobody's bug. */
export function writeAsked(path: string, text: string, exit: Exit, mode = 0o666): void {
  try {
    writeFileSync(path, text, { mode });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/,.*/s, '') : String(error);
    throw new NetwrightError(
      { code: 'CANNOT_WRITE', message: `${path} cannot be written (${why})`, hint: 'is there space, and the folder?' },
      exit,
      error,
    );
  }
}
