import { bounded, TooLong } from '../bounded.ts';
import { suggestion, type Place, type Problem } from '../error.ts';
import { globSource } from '../glob.ts';
import { within } from '../within.ts';
import { LOCAL } from './local.ts';
import { hostsOf, type Inventory } from './model.ts';

/** Milliseconds for all names together. */
const LONGEST = 1000;

/** The hosts that a pattern names, in its order, and what is wrong with it. */
export interface Selection {
  readonly hosts: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * Ansible's host patterns: names of hosts and groups, `a:b` or `a,b` (both), `a:&b` (in both), `a:!b` (not in b),
 * globs, `~` and a regular expression, `group[0]`, `group[-1]`, `group[1:3]` (both ends count). What names nothing is
 * a problem. `place` is where the pattern stands.
 */
export function selectHosts(inventory: Inventory, pattern: string, place?: Place): Selection {
  const pieces = split(inventory, pattern);
  if (pieces.length === 0) {
    const hint = 'for all hosts, write all';
    return { hosts: [], problems: [{ code: 'BAD_PATTERN', message: 'the pattern names no host', place, hint }] };
  }
  const problems: Problem[] = [];
  const found = new Map<Piece, ReadonlySet<string>>();
  for (const piece of pieces) {
    const answer = match(inventory, piece);
    if (answer instanceof Set) found.set(piece, answer as ReadonlySet<string>);
    else {
      const { text, offset } = piece;
      problems.push({ ...(answer as Problem), place: place && within(place, pattern, offset, text.length) });
    }
  }
  const of = (sign: Piece['sign']): ReadonlySet<string>[] =>
    pieces.flatMap((piece) => (piece.sign === sign ? (found.get(piece) ?? []) : []));
  // Ansible's order, wherever they stand: first all that are wanted, then what must be, then what must not.
  const wanted = pieces.some(({ sign }) => sign === '') ? of('') : [new Set(hostsOf(inventory, 'all'))];
  const hosts = [...new Set(wanted.flatMap((set) => [...set]))]
    .filter((host) => of('&').every((set) => set.has(host)))
    .filter((host) => !of('!').some((set) => set.has(host)));
  return { hosts, problems };
}

interface Piece {
  readonly sign: '' | '&' | '!';
  /** Without its sign. */
  readonly text: string;
  readonly offset: number;
}

/** At commas; at colons too, but those in brackets and those of a host's own name. */
function split(inventory: Inventory, pattern: string): Piece[] {
  const pieces: Piece[] = [];
  for (const match of pattern.matchAll(/(?:\[[^[\]]*\]|[^,[\]]|[[\]])+/g)) {
    const whole = match[0].trim().replace(/^[&!]/, '');
    const parts = isKnown(inventory, whole) ? [match] : [...match[0].matchAll(/(?:\[[^[\]]*\]|[^:[\]]|[[\]])+/g)];
    for (const part of parts) {
      const text = part[0].trim();
      if (text === '') continue;
      const sign = text.startsWith('&') ? '&' : text.startsWith('!') ? '!' : '';
      const offset = match.index + (part === match ? 0 : part.index) + part[0].indexOf(text) + sign.length;
      pieces.push({ sign, text: text.slice(sign.length), offset });
    }
  }
  return pieces;
}

const isKnown = ({ hosts, groups }: Inventory, name: string): boolean =>
  hosts.has(name) || groups.has(name) || LOCAL.includes(name);

function match(inventory: Inventory, { text, sign }: Piece): ReadonlySet<string> | Problem {
  const { hosts, groups } = inventory;
  if (hosts.has(text)) return new Set([text]);
  const { expression, slice } = text.startsWith('~') ? { expression: text, slice: undefined } : withSlice(text);
  const test = matcher(expression);
  if (test === undefined) {
    return { code: 'BAD_PATTERN', message: `"${text}" is not a regular expression that can be read` };
  }
  const names = [...groups.keys(), ...hosts.keys()];
  const named = isName(expression);
  const fitting = named ? new Set(names.filter(test)) : fittingOf(names, test);
  if (fitting === undefined) {
    const hint = 'what repeats inside a repetition takes for ever';
    return { code: 'BAD_PATTERN', message: `"${text}" takes too long`, hint };
  }
  const matching = [...groups.keys()].filter((name) => fitting.has(name));
  const found = matching.flatMap((group) => hostsOf(inventory, group));
  // As Ansible: a group of that name is enough, unless the pattern may mean more.
  if (matching.length === 0 || !named) found.push(...[...hosts.keys()].filter((name) => fitting.has(name)));
  if (found.length === 0 && LOCAL.includes(expression)) found.push(expression);
  if (found.length === 0 && matching.length === 0 && (named || sign !== '!')) {
    const message = named ? `there is no host or group "${text}"` : `no host or group matches "${text}"`;
    const near = named ? suggestion(expression, [...names, 'localhost']) : undefined;
    const all = hosts.size === 0 ? 'name an inventory with -i' : 'netwright inventory --graph shows all there are';
    return { code: 'UNKNOWN_HOST', message, hint: near ?? all };
  }
  if (slice === undefined) return new Set(found);
  const [from, to] = slice;
  // As Ansible: a host that several groups of a glob have is counted in each.
  const chosen = to === undefined ? found.slice(from, from + 1 || undefined) : found.slice(from, to + 1);
  if (chosen.length > 0 || found.length === 0) return new Set(chosen);
  const count = found.length === 1 ? 'one host' : `${found.length} hosts`;
  return { code: 'UNKNOWN_HOST', message: `"${expression}" has ${count}, so there is nothing at "${text}"` };
}

/** `x[2]`, `x[-1]`, `x[1:3]`, `x[1:]`; Ansible reads any number in brackets at the end so. */
function withSlice(text: string): { expression: string; slice: readonly [number, number | undefined] | undefined } {
  const match = /^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$/.exec(text);
  if (!match) return { expression: text, slice: undefined };
  const [, expression, single, from, to] = match;
  if (single !== undefined) return { expression: expression!, slice: [Number(single), undefined] };
  return { expression: expression!, slice: [Number(from), to === '' ? Infinity : Number(to)] };
}

const isName = (expression: string): boolean => !/^~|[?*[]/.test(expression);

/** Nothing where the text is no pattern. Regular expressions match from the start of the name, as in Ansible. */
function matcher(expression: string): ((name: string) => boolean) | undefined {
  if (isName(expression)) return (name) => name === expression;
  try {
    const source = expression.startsWith('~') ? `^(?:${expression.slice(1)})` : `^${globSource(expression)}$`;
    const regex = new RegExp(source);
    return (name) => regex.test(name);
  } catch {
    return undefined;
  }
}

/** Nothing where it takes too long: a regular expression may be anybody's. */
function fittingOf(names: readonly string[], test: (name: string) => boolean): ReadonlySet<string> | undefined {
  try {
    return new Set(bounded(LONGEST, () => names.filter(test)));
  } catch (error) {
    if (error instanceof TooLong) return undefined;
    throw error;
  }
}
