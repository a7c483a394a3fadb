import type { Change, ObjectType, Verdict } from '../../../src/object.ts';
import { objectTypes } from '../../../src/objects/index.ts';

// What a change is about is known only where it is made: every type of object is made to say it.

const types = new WeakMap<Change, string>();

function note(type: string, verdict: Verdict): Verdict {
  if (!('refuse' in verdict)) for (const change of verdict) types.set(change, type);
  return verdict;
}

for (const type of objectTypes) {
  const { ...own } = type;
  const told = (verdict: Verdict): Verdict => note(type.type, verdict);
  Object.assign(type, {
    diff: (...given: Parameters<ObjectType['diff']>) => told(own.diff(...given)),
    remove: (...given: Parameters<ObjectType['remove']>) => told(own.remove(...given)),
  });
}

/** The type of the object, what becomes of it, and the first word of why: `bridge ~ mtu`. */
export function labelOf(change: Change): string {
  const type = types.get(change);
  if (type === undefined) throw new Error(`nobody knows what this changes: ${change.what}`);
  return [type, change.verb, ...(/^[a-z]\w*/.exec(change.why) ?? [])].join(' ');
}

/** The type alone. */
export const typeIn = (label: string): string => label.split(' ', 1)[0]!;
