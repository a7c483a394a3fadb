import type { Random } from './random.ts';

/** What somebody may put where something else is expected. */
export const HOSTILE: readonly unknown[] = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '../../../etc/passwd', '/etc/passwd'],
  ...[
    '\u001b[2J\u001b]0;pwned\u0007',
    '\u202egnp.exe',
    '{{ 7 * 7 }}',
    '{% for x in y %}',
    '$(touch /run/pwned)',
    "'; touch /run/pwned; '",
  ],
  ...['', ' ', '\n', '\0', '\ufffd', 'x'.repeat(100_000), '-rf', '0', '-1', '1e999', '999999999999999999999', 'null'],
  ...[null, true, -1, 1.5, 1e308, [], {}, [[]], [null], { length: -1 }, 2 ** 53],
  JSON.parse('{"__proto__": {"polluted": true}}'),
  JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'),
];

/** One place in a value is another value, or a key another key. */
export function changed(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.chance(6)) return random.pick(HOSTILE);
  const entries = Object.entries(value) as [string, unknown][];
  if (entries.length === 0) return random.pick(HOSTILE);
  const at = random.below(entries.length);
  if (Array.isArray(value))
    return value.map((inner: unknown, index) => (index === at ? changed(inner, random) : inner));
  const [key, inner] = entries[at]!;
  const other = random.chance(4)
    ? ([String(random.pick(HOSTILE)), inner] as const)
    : ([key, changed(inner, random)] as const);
  // Own keys, whatever they are called.
  return Object.fromEntries(entries.with(at, [...other]));
}
