import { quote, shellLine, type Command } from '../command.ts';
import type { Numbered } from './schedule.ts';

type Fill = Extract<Command, { do: 'write' }>;

/** Of several the one that fails tells its place. */
export const FILL = `fill() { # MODE PATH CONTENT ...: the same files as before, if there are any
  mode=$1 n=$((($# - 1) / 2)) i=0; shift
  while [ $i -lt $n ]; do
    printf %s "$2" >"$1" || { echo "$1 cannot be written"; echo "@$i"; return 1; }
    set -- "$@" "$1"; shift 2; i=$((i + 1))
  done
  chmod "$mode" "$@"
}`;

export const isFill = (command: Command): command is Fill => command.do === 'write' && command.inPlace === true;

/** Small files of one mode, by one shell. */
export function fillStep(commands: readonly Numbered[]): string {
  const files = commands.flatMap(({ command }) => (isFill(command) ? [command] : []));
  const folders = [...new Set(files.map(({ path }) => quote(path.slice(0, path.lastIndexOf('/')))))];
  const words = files.flatMap(({ path, content }) => [path, content]);
  const there = folders.map((folder) => `[ -d ${folder} ]`).join(' && ');
  return `{ { ${there} || mkdir -p ${folders.join(' ')}; } && fill ${shellLine([files[0]!.mode, ...words])}; } 2>&1`;
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
