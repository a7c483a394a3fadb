#!/bin/bash
# host.sh NUMBER: process 1 of a host. Its root is an overlay of this machine's; what it writes lasts until the rig ends.
set -eu
number=$1 name=h$1
own=$directory/$name disk=$directory/disks/$name
# The /proc of the machine is still mounted: our pid as the test knows it.
read -r pid _ </proc/self/stat
exec 3>&1 >>"$own/log" 2>&1

first=
if [ ! -d "$disk" ]; then first=yes; fi
mkdir -p "$disk/upper" "$disk/work" "$disk/tree" "$disk/root" "$disk/home"
chmod 700 "$disk/root"
hostname "$name"
if [ -n "$first" ]; then
  # What this machine has of its own there is not the host's, and not what it may have there later either.
  (umask 022; mkdir -p "$disk/upper/etc" "$disk/upper/var/lib")
  mknod "$disk/upper/etc/netns" c 0 0
  mknod "$disk/upper/var/lib/netwright" c 0 0
fi
mount -t overlay overlay -o "lowerdir=/,upperdir=$disk/upper,workdir=$disk/work" "$disk/tree"
cd "$disk/tree"
mkdir -p proc sys dev run tmp mnt root home var/lib/docker
mount -t proc proc proc
mount -t sysfs sys sys
if [ -d /sys/fs/cgroup ]; then mount --rbind /sys/fs/cgroup sys/fs/cgroup; fi
mount --rbind /dev dev
# Processes leave their numbers there, which are other processes on other hosts.
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount --bind "$disk/root" root
mount --bind "$disk/home" home
if [ -d "$own/docker" ]; then mount --bind "$own/docker" var/lib/docker; fi
# The repository, where it is in a folder of which the host has its own; what is written there is the host's, too.
repository=$(cd "${0%/*}/../../.." && pwd)
if [ ! -e ".$repository/package.json" ]; then
  mkdir -p ".$repository" "$disk/repository" "$disk/repository.work"
  mount -t overlay overlay -o "lowerdir=$repository,upperdir=$disk/repository,workdir=$disk/repository.work" ".$repository"
fi
mkdir -p run/sshd run/netns
cat /proc/sys/kernel/random/uuid >"$own/boot_id"
mount --bind "$own/boot_id" proc/sys/kernel/random/boot_id

if [ -n "$first" ]; then
  echo "$name" >etc/hostname
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >etc/hosts
  install -m 600 "$directory/host_key" etc/ssh/rig_host_key
  install -m 644 "$directory/id.pub" etc/ssh/rig_authorized_keys
  cat >etc/ssh/sshd_config <<'SSHD'
HostKey /etc/ssh/rig_host_key
AuthorizedKeysFile /etc/ssh/rig_authorized_keys
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
PasswordAuthentication no
MaxStartups 200
MaxSessions 200
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
SSHD
fi
mkdir -p mnt
pivot_root . mnt
cd /
if [ -n "$first" ] && [ -e "/mnt$own/prepare.sh" ]; then bash -eu "/mnt$own/prepare.sh"; fi
# Kept where `umount` cannot reach it: how the ssh server is to behave when the host comes up.
ssh=$(cat "/mnt$own/ssh")
umount --lazy /mnt

if [ "$ssh" != refused ]; then
  /usr/sbin/sshd -D -e 3>&- &
  server=$!
  until [ -s /run/sshd.pid ]; do sleep 0.01; done
  if [ "$ssh" = silent ]; then kill -s STOP "$server"; fi
fi
echo "$name $pid" >&3
exec 3>&-
# Waiting for one child reaps every other one as well.
exec dash -c 'sleep infinity & wait'
