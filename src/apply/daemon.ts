import { quote, shellLine, type Command } from '../command.ts';
import { RUN_DIRECTORY } from '../facts/run-directory.ts';

type Daemon = Extract<Command, { do: 'daemon' }>;

/** Stops Docker's daemon and starts it: by the service manager, or else as it was started. */
const RESTART = String.raw`f=/etc/docker/daemon.json
managed() { [ -d /run/systemd/system ] && systemctl -q is-enabled docker 2>/dev/null; }
halt() {
  if managed; then systemctl stop docker; return; fi
  pid=$(cat /run/docker.pid 2>/dev/null)
  # The file may be of one that was killed, and the number somebody else's by now.
  if [ -n "$pid" ] && read -r comm <"/proc/$pid/comm" && [ "$comm" = dockerd ] && kill "$pid"; then
    # Nobody may have buried it.
    n=0; while read -r s <"/proc/$pid/stat" && case @{s##*) } in Z*) false ;; esac && [ $n -lt 300 ]; do n=$((n + 1)); sleep 0.1; done
  fi 2>/dev/null
  return 0
}
without() { # docker0, unless something is plugged into it
  if [ -d /sys/class/net/docker0 ] && [ -z "$(ls /sys/class/net/docker0/brif)" ]; then
    ip link del dev docker0
  fi
}
anew() { # It takes docker0 as it finds it, so that has to go where it shall be another.
  [ "$docker0" = kept ] || without
}
up() {
  if managed; then
    # It counts starts, and refuses the fourth within a minute.
    systemctl reset-failed docker 2>/dev/null; systemctl start docker || return
  else
    # What busybox has of these knows neither a file of arguments nor how to leave by itself.
    (umask "@{NETWRIGHT_UMASK-022}"; unset NETWRIGHT_UMASK; trap - PIPE; exec xargs -0 sh -c 'setsid "$@" </dev/null &' sh) <@RUN/dockerd.argv >>"$log" 2>&1 9>&- || return
  fi
  n=0; until timeout 5 docker version >/dev/null 2>&1; do
    n=$((n + 1)); [ $n -lt 300 ] || return 1; sleep 0.1
    # A busy machine takes its time until it writes that.
    if [ $n -gt 60 ] && [ ! -e /run/docker.pid ]; then return 1; fi
  done
  # It makes the one that it remembers, and then has no use for it.
  [ "$docker0" != gone ] || without
}
`;

/** What a run that was killed in between leaves to be done: see `redocker`. Without settings that work it has the old ones. */
const FINISH = String.raw`{ read -r was; read -r log; } <@RUN/dockerd.was
pid=$(cat /run/docker.pid)
if [ "$pid" = "$was" ] || ! timeout 5 docker version; then
  halt && anew && up || {
    if [ "$had" = 1 ]; then mv $f.netwright $f; else rm -f $f; rmdir /etc/docker; fi
    halt && anew && up
  }
fi`;

/**
 * Puts daemon.json in place and restarts Docker's daemon. If it does not come up, what was there before comes back.
 * `put` of ./steps.ts writes the file.
 */
const FUNCTIONS = String.raw`
daemon() { # MODE BYTES CONTENT DOCKER0 HOW LIVE
  docker0=$4 how=$5 live=$6
  old= log=/dev/null from=1
  # How it was started, where no service manager knows.
  # Its file of the process id ends without a line.
  pid=$(cat /run/docker.pid 2>/dev/null)
  if [ -n "$pid" ] && [ -r "/proc/$pid/cmdline" ]; then
    mkdir -p -m 700 @RUN && cat "/proc/$pid/cmdline" >@RUN/dockerd.argv
    log=$(readlink "/proc/$pid/fd/1"); [ -f "$log" ] || log=/dev/null
    from=$(($(wc -c <"$log") + 1))
  fi
  if [ -f $f ]; then old=$f.netwright; cp -p $f $old || return; fi
  if [ -n "$3" ]; then put $f "$1" "$2" "$3" || return; else rm -f $f; rmdir /etc/docker 2>/dev/null; fi
  if heed; then
    rm -f $f.netwright @RUN/dockerd.rest
    return 0
  fi
  said=$(words) || :
  if [ -n "$old" ]; then mv "$old" $f; else rm -f $f; rmdir /etc/docker 2>/dev/null; fi
  case $how in reread) kill -HUP "$pid"; return 1 ;; esac
  if redocker; then after='the old ones are back'
  else after="the old ones are back, and with these neither: it does not run"; fi
  rm -f @RUN/dockerd.rest
  echo "Docker's daemon did not come up with these settings@{said:+ ($said)}; $after"
  return 1
}
words() { # The last that it said itself, beside its log
  if [ "$log" = /dev/null ]; then journalctl -u docker -n 20 -o cat --no-pager; else tail -c "+$from" "$log"; fi 2>/dev/null |
    grep -aE '^(failed to|unable to|Error)' | tail -n 1 || :
}
heed() {
  case $how in
  restart) redocker; return ;;
  reread)
    kill -HUP "$pid" || return
    n=0; until [ "$(timeout 5 docker info -f '{{.LiveRestoreEnabled}}' 2>/dev/null)" = "$live" ]; do
      n=$((n + 1)); [ $n -lt 50 ] || { echo "Docker's daemon does not heed live-restore"; return 1; }; sleep 0.1
    done ;;
  esac
  # What is newer than the daemon counts as unread.
  [ ! -f $f ] || touch -r /run/docker.pid $f
}
redocker() {
  managed || [ -s @RUN/dockerd.argv ] || { echo 'nobody knows how to restart Docker here'; return 1; }
  # Whoever comes after one that was killed in here goes on with it.
  printf '%s\n' "$(cat /run/docker.pid 2>/dev/null)" "$log" >@RUN/dockerd.was &&
    printf '%s\n' "had=@{old:+1} docker0=$docker0" @REST >@RUN/dockerd.rest || return
  halt && anew && up
}
`;

const filled = (text: string): string =>
  text
    .replace('@REST', () => quote(RESTART + FINISH))
    .replaceAll('@RUN', RUN_DIRECTORY)
    .replaceAll('@{', '${');

const DAEMON = filled(RESTART + FUNCTIONS);

/** Without content the file goes away. */
export const daemonStep = ({ content, mode, docker0, how, live = false }: Daemon): string =>
  `{ ${DAEMON}\ndaemon ${shellLine([mode, `${Buffer.byteLength(content)}`, content, docker0, how, `${live}`])} 2>&1; }`;

/** Has Docker's daemon run again where a restart was cut off: see ./tidy.ts. */
export const DAEMON_REST = filled(String.raw`if [ -f @RUN/dockerd.rest ]; then
  sh @RUN/dockerd.rest </dev/null >/dev/null 2>&1 9>&-; rm -f @RUN/dockerd.rest
fi
[ ! -e /etc/docker/daemon.json.netwright ] || rm -f /etc/docker/daemon.json.netwright`);
