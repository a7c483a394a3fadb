#!/bin/sh
# Stands before the real docker, podman, ip and what restarts a daemon: counts the calls that change something, and at the
# one that /run/kill/at names kills the script that made it, before it or after it. One kill, then it is only what it stands
# for again.
name=${0##*/}
for real in /sbin /usr/sbin /bin /usr/bin; do [ ! -x "$real/$name" ] || break; done
real=$real/$name
[ -e /run/kill/at ] || exec "$real" "$@"
case "$name $*" in
docker\ create* | docker\ start* | docker\ restart* | docker\ rm* | docker\ network\ [cdr]*) ;;
podman\ create* | podman\ start* | podman\ restart* | podman\ rm*) ;;
# That one only looks.
ip\ -j*) exec "$real" "$@" ;;
ip\ *-batch* | ip\ link\ del*) ;;
cp\ -p* | xargs\ -0* | touch\ -r* | rm\ *dockerd.rest*) ;;
*) exec "$real" "$@" ;;
esac
read -r at mode </run/kill/at
read -r seen </run/kill/seen
echo $((seen + 1)) >/run/kill/seen
[ $((seen + 1)) -eq "$at" ] || exec "$real" "$@"
rm /run/kill/at
[ "$mode" = before ] || "$real" "$@" >/dev/null 2>&1
kill -9 "$PPID"
exit 1
