# Takes it all away, whoever made it.
set -eu
ip link del nw-many 2>/dev/null || true
for name in /run/netns/many-*; do
  if [ -e "$name" ]; then echo "netns del ${name##*/}"; fi
done | ip -batch -
rm -rf /var/lib/netwright /run/netwright
rm -rf /etc/netns/many-*
