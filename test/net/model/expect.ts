import { AssertionError } from 'node:assert';
import { differences } from '../netwright.ts';

// A failure among hundreds of walks is read from its message alone, so all of it is said.

export function expectNone(lines: readonly string[], why: string): void {
  if (lines.length > 0) throw new AssertionError({ message: `${why}:\n${lines.slice(0, 30).join('\n')}` });
}

/** What both are, whatever the order of their keys. */
export function expectAlike(found: unknown, wanted: unknown, why: string): void {
  const [a, b] = [wanted, found].map((value) => JSON.stringify(value, inOrder, 1));
  expectNone(differences(a!, b!), why);
}

const inOrder = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
