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
