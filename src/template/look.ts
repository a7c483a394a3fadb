import { suggestion } from '../error.ts';
import { TemplateFault, UNDEFINED_VARIABLE } from './fault.ts';
import type { Path, View } from './reference.ts';
import { LazyMapping, type Scope } from './scope.ts';

/** The value at a path, or the fault that it is not there; throws what the scope throws. Only own keys count. */
export function look(path: Path, scope: Scope, text: string): unknown {
  let value = scope.get(path.root);
  if (value === undefined) throw missing(path, text, path.root, () => scope.names());
  for (const step of path.steps) {
    const key = typeof step === 'object' ? look(step, scope, text) : step;
    const container = value;
    const inner = part(container, key);
    if (inner === undefined) throw missing(path, text, String(key), () => namesOf(container));
    value = inner;
  }
  return path.view === undefined ? value : view(value, path.view, path, text);
}

/** What a mapping, list or text holds at a key; Python's negative indexes count from the end. */
function part(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? (value as unknown[]).at(key) : undefined;
  if (typeof value === 'string') return typeof key === 'number' ? value.at(key) : undefined;
  if (typeof value !== 'object' || value === null || typeof key === 'object') return undefined;
  const name = `${key as string | number | boolean}`;
  if (value instanceof LazyMapping) return value.get(name);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** A mapping that is made when asked for is made now. */
export const whole = (value: unknown): unknown => (value instanceof LazyMapping ? value.whole() : value);

function view(value: unknown, kind: View, path: Path, text: string): unknown[] {
  const mapping = whole(value);
  if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) {
    throw missing(path, text, kind, () => namesOf(value));
  }
  if (kind === 'keys') return Object.keys(mapping);
  return kind === 'values' ? Object.values(mapping) : Object.entries(mapping);
}

const namesOf = (value: unknown): readonly string[] => {
  if (value instanceof LazyMapping) return value.keys;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
};

/** The fault that names what is missing: the whole path as it is written. */
export function missing(path: Path, text: string, name: string, candidates: () => readonly string[]): TemplateFault {
  const written = text.slice(path.start, path.end);
  return new TemplateFault(UNDEFINED_VARIABLE, `"${written}" is not defined`, {
    offset: path.start,
    length: written.length,
    hint: () => suggestion(name, candidates()),
  });
}
