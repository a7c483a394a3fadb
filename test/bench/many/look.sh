# look.sh COUNT: how all of it is, two namespaces at a time.
set -eu
printf 'addr show\nroute show table all\n' >/run/look
seq "$1" | xargs -P2 -I{} ip -n many-c{} -j -batch /run/look >/dev/null
