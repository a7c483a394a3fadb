# Takes it all away, whoever made it.
set -eu
for name in /run/netns/fleet-*; do
  if [ -e "$name" ]; then ip netns del "${name##*/}"; fi
done
ip link del nw-fleet 2>/dev/null || true
nft delete table ip netwright-fleet 2>/dev/null || true
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
sysctl -qw net.ipv4.conf.default.rp_filter=0 net.ipv4.tcp_fin_timeout=60
rm -rf /var/lib/netwright /run/netwright
rm -rf /etc/netns/fleet-*
