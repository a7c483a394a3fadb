import type { Problem } from '../error.ts';

/** The same mistake at the same place is told once, on however many hosts it shows. */
export function distinctProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ code, message, place }) => {
    const key = place ? `${place.file}:${place.line}:${place.column} ${code}` : `${code} ${message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
