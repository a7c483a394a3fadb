import type { Problem } from '../error.ts';
import { parseSource } from '../source.ts';
import { isMapping } from '../validate.ts';
import type { Draft } from './draft.ts';
import { endingOf } from './files.ts';
import { readIni } from './ini.ts';
import { isListed, readListed } from './listed.ts';
import { readYaml } from './yaml.ts';

/** Adds what the text of a file says to a draft, whatever its format. */
export function addText(text: string, file: string, draft: Draft): void {
  const ending = endingOf(file);
  if (['.yml', '.yaml', '.json'].includes(ending)) readStructured(text, file, draft);
  else if (ending === '.toml') draft.problems.push(noToml(file));
  // As Ansible: without an ending it may be either; with any other it is INI.
  else if (ending === '' && looksLikeYaml(text, file)) readStructured(text, file, draft);
  else readIni(text, file, draft);
}

function readStructured(text: string, file: string, draft: Draft): void {
  const parsed = parseSource(text, file, draft.budget);
  draft.problems.push(...parsed.problems);
  const { source } = parsed;
  if (!source) return;
  const { value } = source;
  if (isListed(value)) readListed(source, draft);
  else if (isMapping(value) && typeof value.plugin === 'string') {
    draft.problems.push({
      code: 'UNSUPPORTED',
      message: `the inventory plugin ${value.plugin} is a program of Ansible's`,
      place: source.place(['plugin']),
      hint: `let it write its hosts down: ansible-inventory -i ${file} --list --export --output hosts.json`,
    });
  } else readYaml(source, draft);
}

/** A mapping, or at least more of one than of INI, so that a slip in YAML is told as one. */
function looksLikeYaml(text: string, file: string): boolean {
  const { source, problems } = parseSource(text, file);
  if (source !== undefined && problems.length === 0) return isMapping(source.value);
  const lines = text.split('\n').map((line) => line.trim());
  const isSection = (line: string): boolean => /^\[[^\],]+\]\s*(?:#|$)/.test(line);
  return !lines.some(isSection) && lines.some((line) => /^[\w.-]+:\s*(?:#|$)/.test(line));
}

const noToml = (file: string): Problem => ({
  code: 'UNSUPPORTED',
  message: 'inventories in TOML are not read',
  place: { file, line: 1, column: 1 },
  hint: `turn it into JSON: ansible-inventory -i ${file} --list --export --output hosts.json`,
});
