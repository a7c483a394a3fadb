#!/bin/bash
# image.sh NAME KEY: an image of this machine's own programs with an ssh server, as root may log in to with the key.
set -eu
image=$1 key=$2
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
programs='sh bash ip nft nsenter setsid unshare flock ping timeout mount umount grep cat mkdir mktemp chmod rm rmdir mv
  cp sync wc stat id ls ln sleep env head tail touch hostname readlink dirname true false tr cut sort ps sshd'
mkdir -p "$tree"/{etc/ssh,run/sshd,root/.ssh,tmp,proc,sys,dev,var/lib,var/empty,usr/bin,usr/sbin,usr/lib,usr/lib32,usr/lib64,usr/libx32}
for link in bin sbin lib lib64; do if [ -L "/$link" ]; then cp -P "/$link" "$tree/$link"; else mkdir -p "$tree/$link"; fi; done
for name in $programs; do
  path=$(type -P "$name")
  cp -L --parents "$path" "$tree"
  # A library is where the program looks for it.
  ldd "$path" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$tree${library%/*}" && cp -Ln "$library" "$tree$library"
  done
done
cp -L --parents /etc/os-release /etc/debian_version "$tree"
cp -rL --parents /usr/share/iproute2 /etc/iproute2 "$tree" 2>/dev/null || true
printf 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n' >"$tree/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$tree/etc/group"
ssh-keygen -q -t ed25519 -N '' -f "$tree/etc/ssh/key"
cp "$key" "$tree/root/.ssh/authorized_keys"
chmod 700 "$tree/root" "$tree/root/.ssh"; chmod 600 "$tree/root/.ssh/authorized_keys"; chmod 1777 "$tree/tmp"
cat >"$tree/etc/ssh/sshd_config" <<'SSHD'
HostKey /etc/ssh/key
PermitRootLogin yes
PasswordAuthentication no
StrictModes no
UseDNS no
SSHD
tar -C "$tree" -c . | docker import --change 'CMD ["/usr/sbin/sshd","-D","-e"]' - "$image" >/dev/null
