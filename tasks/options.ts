// Options that several kinds share.

/** `state: absent` removes what the task describes. */
export const state = {
  type: 'string',
  enum: ['present', 'absent'],
  default: 'present',
  description: 'absent removes what the task describes.',
} as const;

/** The container in which something happens; the host itself without it. */
export const container = {
  type: 'string',
  format: 'name',
  description: 'A container of this playbook on the same host; without it, the host itself.',
} as const;

/** One value or a list of them. */
export const list = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** The reference to a container option, for `references`. */
export const toContainer = (name: string | undefined) =>
  name === undefined ? [] : [{ type: 'container' as const, name, path: ['container'] }];

/** A value for a person to read: a text as it is, anything else as JSON, on one line if that is short. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const short = JSON.stringify(value);
  return short.length <= 100 ? short : JSON.stringify(value, null, 2);
}
/** `ip` shows the kernel's own tables by name. */
const TABLES: Readonly<Record<string, string>> = { 253: 'default', 254: 'main', 255: 'local' };
export const tableName = (table: number | string): string => TABLES[table] ?? `${table}`;
