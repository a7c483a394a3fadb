import { quote, shellLine, type Command } from '../command.ts';
import type { Numbered } from './schedule.ts';

type Fill = Extract<Command, { do: 'write' }>;

/** Of several the one that fails tells its place. Each is touched once: there may be thousands. */
export const FILL = `fill() { # PATH CONTENT ...: the same files as before, if there are any
  path='' i=0
  for word; do
    if [ -z "$path" ]; then path=$word; continue; fi
    printf %s "$word" >"$path" || { echo "$path cannot be written"; echo "@$i"; return 1; }
    path='' i=$((i + 1))
  done
}`;

export const isFill = (command: Command): command is Fill => command.do === 'write' && command.inPlace === true;

/** Small files of one mode, by one shell. */
export function fillStep(commands: readonly Numbered[]): string {
  const files = commands.flatMap(({ command }) => (isFill(command) ? [command] : []));
  const folders = [...new Set(files.map(({ path }) => quote(path.slice(0, path.lastIndexOf('/')))))];
  const words = files.flatMap(({ path, content }) => [path, content]);
  const modes = shellLine(['chmod', files[0]!.mode, ...files.map(({ path }) => path)]);
  const there = folders.map((folder) => `[ -d ${folder} ]`).join(' && ');
  return `{ { ${there} || mkdir -p ${folders.join(' ')}; } && fill ${shellLine(words)} && ${modes}; } 2>&1`;
}

/** Such files wait for the links beside them, which do not care: then each sort is one process. */
export function fillsLast(commands: readonly Numbered[]): Numbered[] {
  const isLink = ({ command }: Numbered): boolean => command.do === 'ip' && command.scope === '';
  const sorted: Numbered[] = [];
  let waiting: Numbered[] = [];
  for (const numbered of commands) {
    if (isFill(numbered.command)) {
      waiting.push(numbered);
      continue;
    }
    if (!isLink(numbered)) {
      sorted.push(...waiting);
      waiting = [];
    }
    sorted.push(numbered);
  }
  return [...sorted, ...waiting];
}
