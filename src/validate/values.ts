import { printable } from '../error.ts';
import { SHOWN } from '../secret.ts';
import { Unsafe, Vaulted, type Path } from '../source.ts';

/** What stands at a path; nothing where the path leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

/** A copy of plain data that may be written to. */
export function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isTagged(value);

/** Text that is, or holds, a template. */
export const isTemplate = (value: unknown): value is string => typeof value === 'string' && /\{[{%]/.test(value);

const isTagged = (value: unknown): boolean => value instanceof Vaulted || value instanceof Unsafe;

/** Values that are not known before variables are: templates and encrypted ones. */
export const isPending = (value: unknown): boolean => isTemplate(value) || isTagged(value);

/** A value in a message: `text "1500x"`, `number 5`, `true`, `nothing`, `a list`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `text ${quote(value)}`;
  if (typeof value === 'number') return `number ${value}`;
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Unsafe) return `!unsafe ${describe(value.text)}`;
  return value instanceof Vaulted ? 'an encrypted value' : 'a mapping';
}

/** A value as it would be written: `"web"`, `5`. */
export const quote = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : printable(JSON.stringify(value));
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

/** `bridge.address[1]`, for messages. */
export const labelOf = (label: string, path: Path): string =>
  label + path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${printable(step)}`)).join('');
