/** Where something stands in a text: 1-based line and column (columns count UTF-16 units, as editors do). */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The source line itself, for the excerpt with the caret. */
  readonly text?: string;
  /** How many columns the caret underlines; 1 if absent. */
  readonly length?: number;
}

/** One thing that is wrong, and the way out. */
export interface Problem {
  /** A closed set in capitals, such as `UNKNOWN_KEY`; tests and editors rely on it. */
  readonly code: string;
  readonly message: string;
  readonly place?: Place | undefined;
  /** Says what to do, e.g. `did you mean "via"?`. */
  readonly hint?: string | undefined;
  /** The other place of a conflict. */
  readonly other?: { readonly note: string; readonly place: Place } | undefined;
}

/** Process exit codes; `worst` orders them. */
export const EXIT = {
  done: 0,
  bug: 1,
  changes: 2,
  failed: 3,
  refused: 4,
  unreachable: 5,
  reverted: 6,
  locked: 7,
  interrupted: 130,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

const ORDER: readonly Exit[] = [
  EXIT.bug,
  EXIT.interrupted,
  EXIT.refused,
  EXIT.reverted,
  EXIT.failed,
  EXIT.unreachable,
  EXIT.locked,
  EXIT.changes,
  EXIT.done,
];

/** The exit code that wins when several apply. */
export const worst = (...codes: readonly Exit[]): Exit => ORDER.find((code) => codes.includes(code)) ?? EXIT.done;

/** The one class of error that a user may see; anything else is our own bug. */
export class NetwrightError extends Error {
  override readonly name = 'NetwrightError';
  readonly problems: readonly Problem[];
  readonly exit: Exit;

  constructor(problems: Problem | readonly Problem[], exit: Exit = EXIT.refused, cause?: unknown) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map((problem) => `[${problem.code}] ${problem.message}`).join('\n'), { cause });
    this.problems = list;
    this.exit = exit;
  }
}

/** `file:line:column [CODE] message` + the line and a caret + the way out. */
export function formatProblem(problem: Problem): string {
  const { place, other } = problem;
  const head = place ? `${place.file}:${place.line}:${place.column} ` : '';
  const hint = problem.hint === undefined ? '' : `; ${problem.hint}`;
  // Whoever made the message: what it quotes may come from a host or a template.
  const lines = [printable(`${head}[${problem.code}] ${problem.message}${hint}`)];
  if (place) lines.push(...excerpt(place));
  if (other) {
    lines.push(`  ${other.note} ${other.place.file}:${other.place.line}:${other.place.column}`);
    lines.push(...excerpt(other.place));
  }
  return lines.join('\n');
}

function excerpt(place: Place): string[] {
  if (place.text === undefined) return [];
  const gutter = String(place.line);
  const line = printable(place.text.replaceAll('\t', ' '));
  // A line that fits is shown whole.
  const start = line.length <= 120 ? 0 : Math.max(0, place.column - 60);
  const shown = line.slice(start, start + 120);
  const caret = '^'.repeat(Math.max(1, Math.min(place.length ?? 1, shown.length - (place.column - 1 - start))));
  return [`  ${gutter} | ${shown}`, `  ${' '.repeat(gutter.length)} | ${' '.repeat(place.column - 1 - start)}${caret}`];
}

/** Places first by file, then by line and column; problems without a place last. What is the same is told once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const key = ({ place }: Problem): [string, number, number] =>
    place ? [place.file, place.line, place.column] : ['￿', 0, 0];
  const distinct = new Map(problems.map((one) => [[one.code, one.message, ...key(one)].join(' '), one]));
  return [...distinct.values()].toSorted((a, b) => {
    const [fileA, lineA, columnA] = key(a);
    const [fileB, lineB, columnB] = key(b);
    return fileA < fileB ? -1 : fileA > fileB ? 1 : lineA - lineB || columnA - columnB;
  });
}

/** Text from anywhere, safe for a terminal: control and bidirectional characters become visible escapes. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The candidate nearest to `word` by edit distance, if it is near enough to be a typing mistake. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < limit) {
      best = candidate;
      limit = distance;
    }
  }
  return best;
}

/** `did you mean "x"?`, or nothing when no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

/** Edits with transposed neighbours counted as one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 4 || a.length > 64) return Infinity;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(current[column - 1]! + 1, above[column]! + 1, above[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, before[column - 2]! + 1);
      }
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return above[b.length]!;
}
