#!/bin/bash
# wire.sh NUMBER: gives one host its network namespace and its wires, then makes the host in it.
set -eu
if [ "${2-}" != inside ]; then exec unshare --net bash "$0" "$1" inside; fi
number=$1
[ -e /proc/self/fd/9 ]
outside() { nsenter --net=/proc/self/fd/9 "$@"; }

plug() { # INTERFACE BRIDGE PORT ADDRESS...
  local interface=$1 bridge=$2 port=$3 address
  shift 3
  # Left by the host's former life if its namespace is not quite gone.
  outside ip link del "$port" 2>/dev/null || true
  ip link add "$interface" address "$(printf '02:00:0a:%02x:00:%02x' "${bridge#br}" "$number")" type veth peer name "$port" netns 1
  # Else the link-local address is "tentative" for its first seconds, and two snapshots differ.
  echo 0 >"/proc/sys/net/ipv6/conf/$interface/accept_dad"
  outside ip link set "$port" master "$bridge" up
  for address in "$@"; do
    case $address in *:*) ip addr add "$address" dev "$interface" nodad ;; *) ip addr add "$address" dev "$interface" ;; esac
  done
  ip link set "$interface" up
}

ip link set lo up
plug eth0 br0 "m$number" "10.60.0.$number/24" "fd60::$number/64"
if [ -e "$directory/second" ]; then plug eth1 br1 "s$number" "10.61.0.$number/24" "fd61::$number/64"; fi
exec unshare --mount --uts --ipc --pid --fork --kill-child --propagation slave \
  bash "${0%/*}/host.sh" "$number" 9<&-
