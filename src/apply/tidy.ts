import { LEDGER_DIRECTORY } from '../facts/ledger.ts';
import { OWN_FILES } from '../facts/run-directory.ts';

/** Which file is being written, and the directory that was made for it, a line each. Outlives a reboot, as files do. */
export const UNFINISHED = `${LEDGER_DIRECTORY}/unfinished`;

/**
 * Under the lock, and before anything is written: takes away what a run left half written that was killed, and files of
 * processes that are no more.
 */
export const TIDY = String.raw`if [ -f @UNFINISHED ]; then
  { read -r t; read -r made; } <@UNFINISHED
  rm -f "$t" @UNFINISHED
  [ -z "$made" ] || rmdir "$made" 2>/dev/null
fi
for t in @OWN.*; do
  [ -e "$t" ] || continue
  # One that is dead may be there yet, where nobody buries it.
  p=@{t#@OWN.}; { read -r s <"/proc/@{p%%.*}/stat" || s=') Z'; } 2>/dev/null
  case @{s##*) } in Z*) rm -rf "$t" ;; esac
done`
  .replaceAll('@UNFINISHED', UNFINISHED)
  .replaceAll('@OWN', OWN_FILES)
  .replaceAll('@{', '${');
