import { DAEMON_REST } from './daemon.ts';
import { LEDGER_DIRECTORY } from '../facts/ledger.ts';
import { OWN_FILES, RUN_DIRECTORY } from '../facts/run-directory.ts';

/** Which file is being written, and the directory that was made for it, a line each. Outlives a reboot, as files do. */
export const UNFINISHED = `${LEDGER_DIRECTORY}/unfinished`;

/**
 * Under the lock, and before anything is written: takes away what a run left half written that was killed, and files of
 * processes that are no more; and has Docker's daemon run again, if it was just being restarted.
 */
export const TIDY = String.raw`@DAEMON
if [ -f @UNFINISHED ]; then
  { read -r t; read -r made; } <@UNFINISHED
  rm -f "$t" @UNFINISHED
  [ -z "$made" ] || rmdir "$made" 2>/dev/null
fi
for t in @OWN.*; do
  [ -e "$t" ] || continue
  # One that is dead may be there yet, where nobody buries it.
  p=@{t#@OWN.}; { read -r s <"/proc/@{p%%.*}/stat" || s=') Z'; } 2>/dev/null
  case @{s##*) } in Z*) rm -rf "$t" ;; esac
done
for t in @RUN/*.process @RUN/*.lease @RUN/*.log; do
  n=@{t##*/}
  [ -e "$t" ] && [ ! -e "/run/netns/@{n%%.*}" ] || continue
  # What runs yet, though somebody deleted its namespace, is still to be ended.
  p=0; { read -r p _ <"@{t%.*}.process"; read -r s <"/proc/$p/stat" || s=') Z'; } 2>/dev/null
  case @{s##*) } in Z*) rm -f "$t" ;; esac
done`
  .replace('@DAEMON', () => DAEMON_REST)
  .replaceAll('@RUN', RUN_DIRECTORY)
  .replaceAll('@UNFINISHED', UNFINISHED)
  .replaceAll('@OWN', OWN_FILES)
  .replaceAll('@{', '${');
