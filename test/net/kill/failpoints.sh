# Read by every bash that stands in for sh (BASH_ENV). Before each command that may change something it counts, and at
# the one that $points/at names it does what is asked there. One line: NUMBER PHASE, and PHASE is
# - `before`: everything that our script has started is killed before the command;
# - `torn`: killed when the file that it writes is open, and empty; what writes none is killed before it does anything;
# - `after`: killed after it, and before anything more happens;
# - `unacknowledged`: the command does what it does, and says that it failed;
# - `alone`: who reads our output is killed, and the script goes on;
# - `trace`: nothing, but what comes is written down.
# Looking is no change; whatever is not known to be looking is taken for one.
points=${BASH_SOURCE[0]%/*}
[ -e "$points/at" ] || return 0
set -T
# Commands that can be made to say that they failed.
points_own=' ip nft printf echo cat rm rmdir mv mkdir chmod chown ln cp kill mktemp base64 sync iptables ip6tables tc bridge '

points_end() {
  # Ours have no session here: it began outside of this host. What the script left running has one of its own.
  local stat victims= each
  for each in /proc/[0-9]*; do
    each=${each#/proc/}
    [ "$each" != 1 ] && [ "$each" != "$BASHPID" ] && read -r stat <"/proc/$each/stat" || continue
    stat=(${stat##*) })
    [ "${stat[3]}" != 0 ] || victims="$victims $each"
  done 2>/dev/null
  builtin kill -9 $victims $BASHPID
}

points_leave() {
  local pid
  until read -r pid <"$points/relay"; do command sleep 0.01; done 2>/dev/null
  builtin kill -9 "$pid"
  while [ -e "/proc/$pid" ]; do command sleep 0.01; done
}

# Counts one step. 1: all shall end before it, 2: after it, 3: it shall say that it failed, 4: all shall end within it.
points_step() {
  local at phase seen
  # It was to say that it failed, and did not.
  [ ! -e "$points/fail" ] || builtin echo "$1" >"$points/lost"
  read -r at phase <"$points/at"
  builtin printf . >>"$points/seen"
  read -r seen <"$points/seen"
  [ "$phase" != trace ] || builtin printf '%s|%s\n' "${points_context-}" "${1//$'\n'/ }" >>"$points/trace"
  [ "${#seen}" -eq "$at" ] || return 0
  builtin echo "$1" >"$points/fired"
  case $phase in
    before) return 1 ;;
    after) return 2 ;;
    unacknowledged) return 3 ;;
    torn) return 4 ;;
    alone) points_leave ;;
  esac
  return 0
}

points_look() {
  [ -z "${points_inside-}" ] || return 0
  # A function is looked at where it is called; bash asks again when it begins.
  case "$points_own points_run " in *" ${FUNCNAME[1]-the script} "*) return 0 ;; esac
  [ ! -e "$points/now" ] || points_end
  local line=$1 word rc
  case $line in "mark 'step"* | "mark \"done"* | "mark 'ledger"*) export points_context=${line#mark } ;; esac
  word=${line//2>&1/}; word=${word//>&2/}; word=${word//1>&2/}; word=${word//2> \/dev\/null/}; word=${word//> \/dev\/null/}
  # What its functions do is looked at command by command.
  case $points_own in *" ${word%%[ ;]*} "*) ;; *) ! declare -F -- "${word%%[ ;]*}" >/dev/null 2>&1 || return 0 ;; esac
  case $word in
    nsenter\ *sh\ -c* | "exec 9< /dev/null" | "trap "*) return 0 ;;
    *\>*) ;;
    unset\ * | export\ * | mark\ * | \[* | :* | true* | read\ * | cat\ * | echo\ * | printf\ * | case\ * | for\ * | set\ * | shift* | local\ * | return* | exit* | break* | continue* | \
      sleep\ * | wait* | command\ -v* | grep\ * | tail\ * | wc\ * | stat\ * | sync\ * | umask\ * | hostname | ls\ * | "ip netns pids"* | \
      "ip -j"* | "ip -n "*-batch* | "ip -batch"* | nft\ * | nsenter\ *nft\ *) return 0 ;;
    *) [[ ! $word =~ ^[a-z_]+= ]] || return 0 ;;
  esac
  points_step "$line"
  rc=$?
  case $rc in 1) points_end ;; 2) : >"$points/now" ;; 3)
    case $word in
      # What takes the shell's place is not to come back.
      exec\ *) points_inside=yes; eval "${line#exec }"; builtin exit 1 ;;
      *) : >"$points/fail" ;;
    esac ;;
    4) : >"$points/torn" ;;
  esac
}

points_run() {
  local points_inside=yes rc
  [ ! -e "$points/torn" ] || points_end
  case $1 in printf | echo | kill) builtin "$@" ;; *) command "$@" ;; esac
  rc=$?
  [ ! -e "$points/now" ] || points_end
  [ ! -e "$points/fail" ] || { command rm "$points/fail"; return 1; }
  return "$rc"
}
for each in $points_own; do eval "$each() { points_run $each \"\$@\"; }"; done

# The lines of a batch are steps of their own.
ip() {
  local points_inside=yes lines line done= rc count=0 stop=
  case " $* " in *" -batch "*) ;; *) points_run ip "$@"; return ;; esac
  IFS= read -r -d '' lines
  case $lines in *show*) builtin printf %s "$lines" | command ip "$@"; return ;; esac
  while IFS= read -r line; do
    points_step "ip $line"; stop=$?
    case $stop in 1 | 4) break ;; esac
    count=$((count + 1)) done=$done$line$'\n'
    [ "$stop" = 0 ] || break
  done <<<"${lines%$'\n'}"
  [ -n "$done" ] || points_end
  builtin printf %s "$done" | command ip "$@"; rc=$?
  case $stop in 1 | 2 | 4) points_end ;; 3) builtin echo "Command failed -:$count"; return 1 ;; esac
  return "$rc"
}

# A transaction is one step.
points_transaction() {
  local points_inside=yes text rc step
  case " $* " in *" -f "*) ;; *) command "$@"; return ;; esac
  IFS= read -r -d '' text
  points_step "nft $text"; step=$?
  case $step in 1 | 4) points_end ;; esac
  builtin printf %s "$text" | command "$@"; rc=$?
  [ "$step" != 2 ] || points_end
  [ "$step" != 3 ] || return 1
  return "$rc"
}
nft() { points_transaction nft "$@"; }
nsenter() { points_transaction nsenter "$@"; }

trap 'points_look "$BASH_COMMAND"' DEBUG
