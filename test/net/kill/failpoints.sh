# Read by every bash that stands in for sh (BASH_ENV): before each command that may change something, it counts, and at
# the one that $points/at names it ends everything that our script has started. One line there: NUMBER PHASE, and PHASE
# is `before` the command, `after` it and before anything more happens, or `trace`, which only writes down what comes.
# Looking is no change; whatever is not known to be looking is taken for one.
points=${BASH_SOURCE[0]%/*}
[ -e "$points/at" ] || return 0
set -T

points_end() {
  # Ours have no session here: it began outside of this host. What the script left running has one of its own.
  local stat victims= each
  for each in /proc/[0-9]*; do
    each=${each#/proc/}
    [ "$each" != 1 ] && [ "$each" != "$BASHPID" ] && read -r stat <"/proc/$each/stat" || continue
    stat=(${stat##*) })
    [ "${stat[3]}" != 0 ] || victims="$victims $each"
  done 2>/dev/null
  kill -9 $victims $BASHPID
}

# Counts one step; 1 if it is the one before which all shall end, 2 if that is after it.
points_step() {
  local at phase seen
  read -r at phase <"$points/at"
  printf . >>"$points/seen"
  read -r seen <"$points/seen"
  [ "$phase" != trace ] || printf '%s\n' "${1//$'\n'/ }" >>"$points/trace"
  if [ "${#seen}" -eq "$at" ]; then
    case $phase in before) return 1 ;; after) return 2 ;; esac
  fi
  return 0
}

points_look() {
  [ -z "${points_inside-}" ] || return 0
  [ ! -e "$points/now" ] || points_end
  local line=$1 word
  if [ -e "$points/tracing" ]; then
    case $line in "mark "*) printf '%s\n' "# ${line#mark }" >>"$points/trace" ;; esac
  fi
  word=${line//2>&1/}; word=${word//>&2/}; word=${word//1>&2/}; word=${word//2> \/dev\/null/}; word=${word//> \/dev\/null/}
  # What its functions do is looked at command by command.
  case $word in ip\ * | nft\ *) ;; *) ! declare -F -- "${word%%[ ;]*}" >/dev/null 2>&1 || return 0 ;; esac
  case $word in
    *\>*) ;;
    mark\ * | \[* | :* | true* | read\ * | cat\ * | echo\ * | printf\ * | case\ * | for\ * | set\ * | shift* | local\ * | return* | exit* | trap\ * | \
      sleep\ * | wait* | command\ -v* | grep\ * | tail\ * | wc\ * | stat\ * | sync\ * | umask\ * | hostname | ls\ * | nsenter\ *sh\ -c* | "ip netns pids"* | \
      "ip -j"* | "ip -n "*-batch* | "ip -batch"* | "nft -j "*) return 0 ;;
    *) [[ ! $word =~ ^[a-z_]+= ]] || return 0 ;;
  esac
  points_step "$line"
  case $? in 1) points_end ;; 2) : >"$points/now" ;; esac
}

# The lines of a batch are steps of their own.
ip() {
  case " $* " in *" -batch "*) ;; *) command ip "$@"; return ;; esac
  local points_inside=yes lines line done= rc
  IFS= read -r -d '' lines
  case $lines in *show*) printf %s "$lines" | command ip "$@"; return ;; esac
  local stop=
  while IFS= read -r line; do
    points_step "ip $line"; rc=$?
    [ "$rc" != 1 ] || { stop=yes; break; }
    done=$done$line$'\n'
    [ "$rc" != 2 ] || { stop=yes; break; }
  done <<<"${lines%$'\n'}"
  [ -n "$done" ] || points_end
  printf %s "$done" | command ip "$@"; rc=$?
  [ -z "$stop" ] || points_end
  return "$rc"
}

# A transaction is one step.
nft() {
  case " $* " in *" -f "*) ;; *) command nft "$@"; return ;; esac
  local points_inside=yes text rc step
  IFS= read -r -d '' text
  points_step "nft $text"; step=$?
  [ "$step" != 1 ] || points_end
  printf %s "$text" | command nft "$@"; rc=$?
  [ "$step" != 2 ] || points_end
  return "$rc"
}

trap 'points_look "$BASH_COMMAND"' DEBUG
