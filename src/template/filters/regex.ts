import { checkLength } from '../weight.ts';
import { integerOf, isMapping, textOf, type Filter } from './filter.ts';

/** Filters with regular expressions, as Python has them. */
export const REGEX_FILTERS: Readonly<Record<string, Filter>> = {
  regex_replace: {
    options: ['pattern', 'replacement', 'ignorecase', 'multiline', 'count'],
    apply: (value, [first, second], options) => {
      const pattern = first ?? options.pattern;
      const replacement = second ?? options.replacement;
      let left = integerOf(options.count ?? 0, 'count') || Infinity;
      const fill = template(textOf(replacement ?? '', 'the replacement'));
      let length = 0;
      return textOf(value).replace(regex(pattern, options, 'g'), (...match) => {
        const filled = left-- > 0 ? fill(match) : match[0];
        checkLength((length += filled.length));
        return filled;
      });
    },
  },
  regex_search: {
    options: ['ignorecase', 'multiline'],
    apply: (value, [pattern, ...groups], options) => {
      for (const group of groups) if (!/^\\(g<\S+>|[0-9]+)$/.test(textOf(group, 'a group'))) throw unknownGroup(group);
      const match = regex(pattern, options, '').exec(textOf(value));
      if (!match) return null;
      return groups.length === 0
        ? match[0]
        : groups.map((group) => template(textOf(group, 'a group'))([...match, match.groups]));
    },
  },
  regex_findall: {
    options: ['ignorecase', 'multiline'],
    apply: (value, [pattern], options) =>
      [...textOf(value).matchAll(regex(pattern, options, 'g'))].map(([all, ...groups]) =>
        groups.length === 0 ? all : groups.length === 1 ? groups[0] : groups,
      ),
  },
  regex_escape: { apply: (value) => textOf(value).replace(/[\\^$.*+?()[\]{}|#&~\s-]/g, '\\$&') },
};

const unknownGroup = (group: unknown): TypeError =>
  new TypeError(`"${String(group)}" is no group: say '\\1' or '\\g<name>'`);

/** A Python regular expression, as far as it differs in form. */
export function regex(pattern: unknown, options: Readonly<Record<string, unknown>>, flags: string): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(textOf(pattern, 'the pattern'));
  const source = textOf(pattern)
    .slice(inline?.[0].length ?? 0)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$$');
  const all = new Set(Array.from(flags + (inline?.[1] ?? '')));
  if (options.ignorecase === true) all.add('i');
  if (options.multiline === true) all.add('m');
  try {
    return new RegExp(source, [...all].join(''));
  } catch (error) {
    throw new TypeError((error as Error).message, { cause: error });
  }
}

/** Python's replacement text: `\1`, `\g<1>`, `\g<name>`. Takes what `String.replace` gives its function. */
function template(text: string): (match: readonly unknown[]) => string {
  return (match) => {
    const names = match.at(-1);
    return text.replace(
      /\\(?:([0-9]{1,2})|g<([A-Za-z_0-9]+)>|([^]))/g,
      (_, number?: string, name?: string, char?: string) => {
        if (char !== undefined) return char === 'n' ? '\n' : char;
        const key = number ?? name!;
        const found = /^[0-9]+$/.test(key) ? match[Number(key)] : isMapping(names) ? names[key] : undefined;
        return typeof found === 'string' ? found : '';
      },
    );
  };
}
