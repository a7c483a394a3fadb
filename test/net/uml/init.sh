#!/bin/sh
# The first process of a user-mode-linux kernel whose root is this machine's own, read-only: what is written goes with it.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs run /run; mount -t tmpfs lib /var/lib
mkdir -p /run/etc/netns
for f in passwd group hosts nsswitch.conf iproute2 ld.so.cache alternatives; do cp -a "/etc/$f" /run/etc/ 2>/dev/null; done
mount --bind /run/etc /etc
repository=$(sed -n 's/.* repository=\([^ ]*\).*/\1/p' /proc/cmdline) node=$(sed -n 's/.* node=\([^ ]*\).*/\1/p' /proc/cmdline)
modules=$(echo /usr/lib/uml/modules/*/kernel)
for m in lib/crc-ccitt net/ipv6/ipv6 net/llc/llc net/802/stp net/802/mrp net/802/garp net/bridge/bridge net/8021q/8021q \
  drivers/net/veth drivers/net/ipvlan/ipvlan drivers/net/dummy net/sched/sch_tbf net/sched/sch_netem; do
  busybox insmod "$modules/$m.ko"
done
ip link set lo up
cd "$repository" || echo "no $repository"
# Podman makes its own store as soon as it is asked.
look() { ip -d link; ip addr; ip route show table all; ip netns; ls -R /etc/netns; find /var/lib -path /var/lib/containers -prune -o -print; }
netwright() { "$node" dist/src/main.js "$1" test/net/uml/lab.yml >/run/out 2>&1 </dev/null; rc=$?; cat /run/out; echo "$1 ended with $rc"; }
look >/run/before
netwright run
netwright run
ip netns exec umlab-a ping -n -c 2 -W 5 10.20.0.3
bridge vlan show
ip netns exec umlab-a tc qdisc show dev eth0
netwright destroy
sleep 1
look >/run/after
diff /run/before /run/after && echo 'nothing is left'
echo o >/proc/sysrq-trigger
sleep 60
