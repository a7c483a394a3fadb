#!/bin/sh
# Stands before the real ip: counts the lines of batches that change something, and at the one that /run/kill/at names
# does what was asked: kills before it, after it, or lets it pass unacknowledged. One kill, then it is only ip again.
real=/sbin/ip
[ -e /run/kill/at ] || exec $real "$@"
case " $* " in *" -batch "*) ;; *) exec $real "$@" ;; esac
read -r at mode victim </run/kill/at
lines=$(cat)
case $lines in *show*) printf '%s\n' "$lines" | $real "$@"; exit ;; esac
count=$(printf '%s\n' "$lines" | wc -l)
exec 8>>/run/kill/lock; flock 8
read -r seen </run/kill/seen
echo $((seen + count)) >/run/kill/seen
if [ "$at" -gt "$seen" ] && [ "$at" -le $((seen + count)) ]; then
  before=$((at - seen - 1)); [ "$mode" = before ] || before=$((at - seen))
  [ $before -eq 0 ] || printf '%s\n' "$lines" | head -n $before | $real "$@"
  rm /run/kill/at
  case $victim in
    controller) kill -9 $(pidof node) ;;
    script) kill -9 "$PPID" ;;
    runner)
      # This script's shell, the timeout around it, and the runner.
      p=$PPID; victims=
      while [ "$p" -gt 1 ]; do
        read -r stat <"/proc/$p/stat"; name=${stat#*(}; name=${name%%)*}
        [ "$name" != node ] || break
        victims="$victims $p"; rest=${stat##*) }; set -- $rest; p=$2
      done
      kill -9 $victims ;;
  esac
  [ "$victim" = controller ] || exit 1
  # The controller is gone, and the host goes on by itself.
  after=$((count - before))
  [ $after -eq 0 ] || printf '%s\n' "$lines" | tail -n $after | $real "$@"
  exit
fi
flock -u 8
printf '%s\n' "$lines" | $real "$@"
