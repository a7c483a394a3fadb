# What fleet/lab.yml says, made by hand where there is nothing of it: as few processes as a person would care for.
set -eu
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
sysctl -qw net.ipv4.conf.default.rp_filter=2 net.ipv4.tcp_fin_timeout=30
ip -batch - <<'Q'
link add nw-fleet type bridge
addr add 172.29.0.1/16 dev nw-fleet
addr add fe80::1/64 dev nw-fleet nodad
link set nw-fleet up
route add 2001:db8:29::/64 dev nw-fleet
Q
number=1
for name in web app db cache; do
  ip -batch - <<Q
netns add fleet-$name
link add nw-$name master nw-fleet type veth peer name eth0 address 02:42:ac:1d:05:0$number netns fleet-$name
link set nw-$name up
Q
  ip -n fleet-$name -batch - <<Q
link set lo up
link set eth0 up
addr add 172.29.5.$number/16 dev eth0
addr add 2001:db8:29::242:ac1d:50$number/64 dev eth0 nodad
route add default via 172.29.0.1
route add default via fe80::1 dev eth0
Q
  number=$((number + 1))
done
nft -f - <<'Q'
table ip netwright-fleet {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr 172.29.0.0/16 oifname != "nw-fleet" masquerade
  }
}
Q
