import { quote, shellLine, type Command } from '../command.ts';
import { UNFINISHED } from './tidy.ts';

/**
 * What is being written is noted, so that the next run removes it where this one was killed; by root, who alone
 * can.
 */
export const PLACE =
  String.raw`place() { # PATH MODE OWNER GROUP BACKUP BYTES BASE64 VALIDATE...: whole or not at all, and on the disk
  p=$1 m=$2 o=$3 g=$4 b=$5 n=$6 c=$7; shift 7
  [ ! -d "$p" ] || { echo "$p: is a directory" >&2; return 1; }
  [ -d "@{p%/*}/" ] || { echo "@{p%/*}: is no directory" >&2; return 1; }
  read -r t </proc/sys/kernel/random/uuid; t=@{p%/*}/.@{p##*/}.$t u=@UNFINISHED
  if [ ! -O /proc ]; then u=$t
  else mkdir -p -m 700 "@{u%/*}" && printf '%s\n\n' "$t" >"$u" || { rm -f "$u"; return 1; }; fi
  (umask 077; set -C; printf %s "$c" | base64 -d >"$t") && [ "$(wc -c <"$t")" -eq "$n" ] &&
    { [ -z "$o$g" ] || chown "$o@{g:+:$g}" "$t"; } && chmod "$m" "$t" || { rm -f "$t" "$u"; return 1; }
  if [ $# -gt 0 ] && ! (eval "$1") >&2; then rm -f "$t" "$u"; echo "the file was not approved of by: $1" >&2; return 1; fi
  if [ -n "$b" ] && [ -e "$p" ]; then
    k="$p.$$.$(date +%Y-%m-%d@%H:%M:%S~)"; cp -p "$p" "$k" || { rm -f "$t" "$u"; return 1; }; printf %s "$k"
  fi
  sync "$t" && mv "$t" "$p" || { rm -f "$t" "$u"; return 1; }
  rm -f "$u"
}`
    .replaceAll('@{', '${')
    .replaceAll('@UNFINISHED', UNFINISHED);

type Place = Extract<Command, { do: 'place' }>;

/** What `place` is given before and after the content. */
function wordsOf({ path, content, mode, owner, group, backup, validate }: Place) {
  const bytes = Buffer.byteLength(content, 'base64');
  // Its own words are quoted twice, once for eval; what stands for %s is the name of the new file.
  const approve = validate?.map((word) => word.split('%s').map(quote).join('"$t"')).join(' ');
  return {
    before: [path, mode, owner ?? '', group ?? '', backup ? 'y' : '', `${bytes}`],
    after: approve === undefined ? [] : [approve],
  };
}

export function placeStep(command: Place): string {
  const { before, after } = wordsOf(command);
  return `place ${shellLine([...before, command.content, ...after])}`;
}

const GIVEN = 'p=$1 m=$2 o=$3 g=$4 b=$5 n=$6; shift 6; place "$p" "$m" "$o" "$g" "$b" "$n" "$(cat)" "$@"';

/** The same as a program for another user, which is given the content as its input: an argument has its limits. */
export function placeProgram(command: Place): Extract<Command, { do: 'run' }> {
  const { before, after } = wordsOf(command);
  const argv = ['sh', '-c', `${PLACE}\n${GIVEN}`, 'sh', ...before, ...after];
  return { do: 'run', scope: '', argv, stdin: command.content, user: command.user ?? 'root' };
}
