import { checkLength } from '../weight.ts';
import { integerOf, textOf } from './filter.ts';

/** What each style of comment differs in. */
const STYLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: { decoration: '# ' },
  erlang: { decoration: '% ' },
  c: { decoration: '// ' },
  cblock: { beginning: '/*', decoration: ' * ', end: ' */' },
  xml: { beginning: '<!--', decoration: ' - ', end: '-->' },
};

export const COMMENT_OPTIONS = [
  ...['beginning', 'decoration', 'end', 'newline'],
  ...['prefix', 'prefix_count', 'postfix', 'postfix_count'],
];

/** Each line with what makes it a comment, as Ansible's own files begin. */
export function comment(text: string, style: unknown, options: Readonly<Record<string, unknown>>): string {
  const name = textOf(style ?? 'plain', 'the style');
  const own = STYLES[name];
  if (!Object.hasOwn(STYLES, name) || !own) {
    throw new TypeError(`there is no style "${name}"; there are ${Object.keys(STYLES).join(', ')}`);
  }
  const word = (key: string, otherwise: string): string => textOf(options[key] ?? own[key] ?? otherwise, key);
  const newline = word('newline', '\n');
  const decoration = word('decoration', '');
  const edge = decoration.trimEnd();
  const [beginning, prefix, postfix, end] = [
    word('beginning', ''),
    word('prefix', edge),
    word('postfix', edge),
    word('end', ''),
  ];
  const before = integerOf(options.prefix_count ?? 1, 'prefix_count');
  const after = integerOf(options.postfix_count ?? 1, 'postfix_count');
  checkLength(before * prefix.length + after * postfix.length);
  const lines = text
    .split(newline)
    .map((line, index, all) => (line === '' && index < all.length - 1 ? edge : decoration + line));
  return [
    beginning === '' ? '' : beginning + newline,
    (prefix === '' || prefix === newline ? prefix : prefix + newline).repeat(before),
    lines.join(newline),
    (newline + postfix).repeat(after),
    end === '' ? '' : newline + end,
  ].join('');
}
