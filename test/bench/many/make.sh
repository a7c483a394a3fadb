# make.sh COUNT: what many/lab.yml says, made by hand.
set -eu
count=$1
{
  echo 'link add nw-many type bridge'
  echo 'addr add 172.28.0.1/16 dev nw-many'
  echo 'addr add fe80::1/64 dev nw-many nodad'
  echo 'link set nw-many up'
  echo 'route add 2001:db8:28::/64 dev nw-many'
  number=1
  while [ "$number" -le "$count" ]; do
    mac=$(printf '02:42:ac:1c:%02x:%02x' $((16 + number / 256)) $((number % 256)))
    echo "netns add many-c$number"
    echo "link add nw-$number master nw-many type veth peer name eth0 address $mac netns many-c$number"
    echo "link set nw-$number up"
    number=$((number + 1))
  done
} | ip -batch -

inside() { # FIRST: every other namespace
  number=$1
  while [ "$number" -le "$count" ]; do
    third=$((16 + number / 256)) fourth=$((number % 256))
    ip -n "many-c$number" -batch - <<Q
link set lo up
link set eth0 up
addr add 172.28.$third.$fourth/16 dev eth0
addr add $(printf '2001:db8:28::242:ac1c:%x%02x' "$third" "$fourth")/64 dev eth0 nodad
route add default via 172.28.0.1
route add default via fe80::1 dev eth0
Q
    number=$((number + 2))
  done
}
inside 1 &
inside 2
wait
