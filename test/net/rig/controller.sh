#!/bin/bash
# controller.sh DIRECTORY COUNT: process 1 of the rig's own pid, net and mount namespaces. Its hosts are its
# children; all of it ends with it, and it ends with its standard input, that is with the test's process.
set -eu
directory=$1 count=$2
export directory
# Anywhere else this would change the machine's own network.
if [ $$ -ne 1 ]; then exit 1; fi

# The global /proc is still mounted here, so this is our pid as the test knows it.
read -r pid _ </proc/self/stat
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=755 netwright-rig "$directory/disks"
# Hosts put their ends of the veths into this namespace through this descriptor; /proc/1 would be the machine's.
exec 9</proc/self/ns/net

ip link set lo up
ip link add br0 type bridge
ip addr add 10.60.0.254/24 dev br0
ip addr add fd60::fe/64 dev br0 nodad
ip link set br0 up
if [ -e "$directory/second" ]; then
  ip link add br1 type bridge
  ip link set br1 up
fi
echo "controller $pid"

# A host whose process 1 is killed comes up again, as after a power cut.
for number in $(seq "$count"); do
  while :; do bash "${0%/*}/wire.sh" "$number" || sleep 0.2; done </dev/null 2>>"$directory/h$number/log" &
done
# Anything said here ends it as well; mostly this is the end of file.
read -r _ || true
