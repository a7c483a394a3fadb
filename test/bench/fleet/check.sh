# Whether all that fleet/lab.yml says is there; ends with 1 where it is not.
set -eu
is() { case $1 in *"$2"*) ;; *) echo "no $2" >&2; exit 1 ;; esac; }
is "$(sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding | xargs)" '1 1'
is "$(sysctl -n net.ipv4.conf.default.rp_filter net.ipv4.tcp_fin_timeout | xargs)" '2 30'
links=$(ip -j addr show dev nw-fleet)
is "$links" '"local":"172.29.0.1","prefixlen":16'
is "$links" '"local":"fe80::1","prefixlen":64'
is "$(ip -j -6 route show dev nw-fleet)" '"dst":"2001:db8:29::/64"'
number=1
for name in web app db cache; do
  there=$(printf 'addr show\nroute show table all\n' | ip -n "fleet-$name" -j -batch -)
  is "$there" '"ifname":"lo","flags":["LOOPBACK","UP"'
  is "$there" '"operstate":"UP"'
  is "$there" "\"local\":\"172.29.5.$number\",\"prefixlen\":16"
  is "$there" "\"local\":\"2001:db8:29::242:ac1d:50$number\",\"prefixlen\":64"
  is "$there" '"dst":"default","gateway":"172.29.0.1"'
  is "$there" '"dst":"default","gateway":"fe80::1"'
  number=$((number + 1))
done
is "$(nft -j list table ip netwright-fleet)" '"masquerade"'
