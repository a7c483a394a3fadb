import { LEDGER_DIRECTORY } from './ledger.ts';

/** The handlers that a host owes: by play, the names of those that were notified and have not run. */
export type Owed = Readonly<Record<string, readonly string[]>>;

export const owedPath = (lab: string): string => `${LEDGER_DIRECTORY}/${lab}.owed`;

export const renderOwed = (plays: Owed): string => `${JSON.stringify({ version: 1, plays })}\n`;

/** Nothing where the text is none of ours. Names are only ever compared with those of the playbook. */
export function parseOwed(text: string): Owed | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, plays } = (value ?? {}) as { readonly version?: unknown; readonly plays?: unknown };
  if (version !== 1 || typeof plays !== 'object' || plays === null) return undefined;
  const isNames = (names: unknown): names is string[] =>
    Array.isArray(names) && names.every((name) => typeof name === 'string');
  return Object.fromEntries(Object.entries(plays).flatMap(([play, names]) => (isNames(names) ? [[play, names]] : [])));
}
