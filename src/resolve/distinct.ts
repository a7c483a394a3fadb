import type { Problem } from '../error.ts';
import { TEMPLATES_TOO_LONG } from '../template.ts';

/**
 * The same mistake at the same place is told once, on however many hosts it shows; that there is no more time for
 * templates, where it was noticed.
 */
export function distinctProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, message, place }) => {
    const key =
      code === TEMPLATES_TOO_LONG
        ? code
        : place
          ? `${place.file}:${place.line}:${place.column} ${code}`
          : `${code} ${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
