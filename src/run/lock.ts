import { PENDING, TIDY } from '../apply.ts';
import { LOCK_DESCRIPTOR } from '../connect.ts';
import { quote } from '../command.ts';
import { EXIT, NetwrightError, printable } from '../error.ts';
import { LEDGER_DIRECTORY, RUN_DIRECTORY, type Section } from '../gather.ts';
import { IS_ROOT } from './root.ts';

/** Who takes the lock, in words for whoever finds it taken. */
export interface Holder {
  readonly who: string;
  readonly playbook: string;
  /** It comes by an ssh of ours, whose silence means that it is lost. */
  readonly remote: boolean;
}

/**
 * Takes the host's lock in the runner itself, so that it is gone the moment the runner is; what the runner starts
 * does not inherit it. Who holds it stands beside it, for the one who comes second. With `own`, a change of ours that
 * waits for its confirmation, the lock is taken from our own earlier session, which may not know yet that it is cut off.
 * Without root or flock only programs are run, and there is no lock.
 */
export const lockScript = ({ who, playbook, remote }: Holder, own?: string): string => `
if ! ${IS_ROOT} || ! command -v flock >/dev/null 2>&1; then :
elif ! { { [ -d ${RUN_DIRECTORY} ] || mkdir -p -m 700 ${RUN_DIRECTORY}; } && true >>${RUN_DIRECTORY}/lock; }; then mark 'no lock'
elif exec ${LOCK_DESCRIPTOR}>>${RUN_DIRECTORY}/lock && { flock -n ${LOCK_DESCRIPTOR} || { ${own === undefined ? END_LOST : takeOver(who, playbook)}\n}; }; then
  printf '%s\\n' ${quote(holderLine(who, playbook))} "since ${now()}, process $$" >${RUN_DIRECTORY}/holder
  ${remote ? 'echo $$' : ':'} >${RUN_DIRECTORY}/remote
  [ -n "$(${PENDING})" ] || {
    ${TIDY}
    set -- ${LEDGER_DIRECTORY}/*; [ -e "$1" ] || [ ! -d ${LEDGER_DIRECTORY} ] || rmdir ${LEDGER_DIRECTORY} 2>/dev/null || :
  }
else mark 'lock held'; cat ${RUN_DIRECTORY}/holder; fi
mark 'lock pending'; ${PENDING}
`;

const holderLine = (who: string, playbook: string): string => `${who} running ${playbook}`;

/**
 * Ends the runner that holds the lock if it is ours and has not ended meanwhile, and waits for what it had under way.
 * Anybody else who came first lets go when he sees that our change waits.
 */
const takeOver = (who: string, playbook: string): string => `
  [ "$(head -n 1 ${RUN_DIRECTORY}/holder)" != ${quote(holderLine(who, playbook))} ] ||
    kill -s KILL "$(sed -n 's/^since .*, process //p' ${RUN_DIRECTORY}/holder)" 2>/dev/null
  flock -w 5 ${LOCK_DESCRIPTOR}`;

/** Our ssh says or acknowledges something every 5 seconds, and gives up after 15. (Somebody's own terminal may not.) */
const LOST_MS = 30_000;

/**
 * Ends the runner that holds the lock if its client is lost: nothing came from there for so long. Where the packets of
 * a farewell are lost too, an ssh server waits for hours. What the runner had under way holds the lock to its end.
 */
const END_LOST = `{
  read -r p <${RUN_DIRECTORY}/remote && [ "/proc/$p/fd/${LOCK_DESCRIPTOR}" -ef ${RUN_DIRECTORY}/lock ] &&
    set -- $(tr '\\0' '\\n' <"/proc/$p/environ" | sed -n 's/^SSH_CONNECTION=//p') && [ $# = 4 ] &&
    set -- $(ss -tinH dst "[$1]:$2" | grep -o 'last\\(rcv\\|ack\\):[0-9]*' | cut -d : -f 2) && [ $# = 2 ] &&
    [ "$1" -gt ${LOST_MS} ] && [ "$2" -gt ${LOST_MS} ] && kill -s KILL "$p" && flock -w 5 ${LOCK_DESCRIPTOR}
} 2>/dev/null`;

/** By our own clock, to the second. */
const now = (): string => new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');

/** Ends the run on a host that somebody else is working on, or this run by another name. */
export function assertLocked(host: string, sections: readonly Section[], lock?: Holder, own?: string): void {
  const pending = sections.find(({ name }) => name === 'lock pending')?.text.split('\n') ?? [];
  if (pending.some((id) => id !== '' && id !== own)) {
    throw new NetwrightError(
      {
        code: 'CONFIRM_PENDING',
        message: `${host}: a change is waiting for its confirmation`,
        hint: 'netwright confirm or netwright revert decides it; otherwise the host takes it back by itself',
      },
      EXIT.locked,
    );
  }
  if (sections.some(({ name }) => name === 'no lock')) {
    const message = `${host}: ${RUN_DIRECTORY}/lock cannot be written`;
    throw new NetwrightError({ code: 'NO_LOCK', message, hint: 'is /run full, or read-only?' });
  }
  const held = sections.find(({ name }) => name === 'lock held');
  if (!held) return;
  if (own === undefined && lock && held.text.split('\n').includes(holderLine(lock.who, lock.playbook))) {
    throw new NetwrightError({
      code: 'SAME_MACHINE',
      message: `${host} is the machine that another host of this run is`,
      hint: 'leave one of the two names out, with --limit for instance',
    });
  }
  const holder = printable(held.text.trim().replaceAll('\n', ', '));
  throw new NetwrightError(
    {
      code: 'LOCKED',
      message: `${host} is locked by ${holder === '' ? 'another run' : holder}`,
      hint: 'wait for it with --lock-timeout SECONDS; the lock goes with its holder, never by itself',
    },
    EXIT.locked,
  );
}
