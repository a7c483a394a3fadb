import type { Action } from './state.ts';

/** How often it is tried to do with less. */
const MOST = 60;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value without one of the things that may be missing, in every way; names of hosts and what is not optional stay. */
function* less(value: unknown): Generator {
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    for (const smaller of less(inner)) yield { ...value, [key]: smaller };
    if (NEEDED.has(key) || inner === undefined) continue;
    yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
  }
}

const NEEDED = new Set(
  'do state hosts h1 h2 h3 bridges containers net host mtu on at phase what ends bytes name byte bridge table from value port id'.split(
    ' ',
  ),
);

function* shorter(way: readonly Action[]): Generator<readonly Action[]> {
  for (const index of way.keys()) if (index > 0) yield way.toSpliced(index, 1);
  for (const [index, action] of way.entries()) {
    for (const smaller of less(action)) yield way.with(index, smaller as Action);
  }
}

/** What an error is about, without its numbers and names. */
const sortOf = (error: unknown): string =>
  String(error)
    .split('\n', 1)[0]!
    .replaceAll(/\d+|'[^']*'/g, '');

/** A way that fails as this one does, and has less in it. */
export async function shrunk(
  way: readonly Action[],
  error: unknown,
  walk: (way: readonly Action[]) => Promise<void>,
): Promise<readonly Action[]> {
  let best = way;
  let tries = 0;
  for (let found = true; found && tries < MOST;) {
    found = false;
    for (const other of shorter(best)) {
      if (tries++ === MOST) break;
      const said = await walk(other).catch((later: unknown) => later);
      if (sortOf(said) !== sortOf(error)) continue;
      best = other;
      found = true;
      break;
    }
  }
  return best;
}
