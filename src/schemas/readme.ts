import { readFileSync, writeFileSync } from 'node:fs';
import { isDeclarative, type Kind } from '../task.ts';

const BEGIN = '<!-- kinds: written by `npm run schemas` -->';
const END = '<!-- /kinds -->';

/** The README with its table of kinds as the kinds say it. */
function withKinds(readme: string, kinds: readonly Kind[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  const rows = kinds.map(({ kind, description, schema, ...rest }) => {
    const options = Object.keys(schema.properties ?? {}).map((name) => `\`${name}\``);
    const sort = isDeclarative({ kind, description, schema, ...rest }) ? 'state' : 'act';
    return `| \`${kind}\` | ${sort} | ${description} | ${options.join(' ')} |`;
  });
  const table = ['| kind | sort | what | options |', '|---|---|---|---|', ...rows].join('\n');
  return `${readme.slice(0, begin)}${BEGIN}\n\n${table}\n\n${readme.slice(end)}`;
}

export function writeReadme(kinds: readonly Kind[]): void {
  writeFileSync('README.md', withKinds(readFileSync('README.md', 'utf8'), kinds));
}

export const isReadmeStale = (kinds: readonly Kind[]): boolean => {
  const readme = readFileSync('README.md', 'utf8');
  return withKinds(readme, kinds) !== readme;
};
