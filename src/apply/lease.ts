import { quote, shellLine, type Command } from '../command.ts';
import { RUN_DIRECTORY } from '../facts/run-directory.ts';

type Lease = Extract<Command, { do: 'lease' }>;

/** Where a client sees it. */
const OWN_SCRIPT = '/run/lease';

/** Ends one, and with it the address that it gave; `begin` of ./steps.ts starts it. */
export const LEASE = String.raw`
release() { # NAMESPACE DEV
  f="@RUN/$1.$2" cidr=
  [ ! -f "$f.lease" ] || read -r cidr <"$f.lease"
  for s in TERM KILL; do
    n=0; while holds "$f" && [ $n -lt 20 ]; do [ $n -gt 0 ] || kill -s $s "$pid"; n=$((n + 1)); sleep 0.05; done
  done
  ip -n "$1" route flush dev "$2" proto dhcp 2>/dev/null
  [ -z "$cidr" ] || ip -n "$1" addr del "$cidr" dev "$2" 2>/dev/null
  rm -f "$f.process" "$f.lease" "$f.log"
}
holds() { # Whether the client that a file knows is alive
  read -r pid start _ <"$1.process" && read -r stat <"/proc/$pid/stat" || return
  set -- @{stat##*) }; [ "$1" != Z ] && [ "$(twentieth "$@")" = "$start" ]
} 2>/dev/null
lease() { # NAMESPACE DEV SECONDS DIGEST ARGV...
  ns=$1 dev=$2 f="@RUN/$1.$2" seconds=$3 digest=$4; shift 4
  release "$ns" "$dev"
  mkdir -p -m 700 @RUN && mkdir -p @RUN/lease && begin "$ns.$dev" "$ns" "$digest" '' "$@" || return
  n=0
  until [ -s "$f.lease" ]; do
    holds "$f" || { tail -n 3 "$f.log"; echo "the client on $dev ended"; return 1; }
    [ $n -lt $((seconds * 10)) ] || { release "$ns" "$dev"; echo "no answer from a DHCP server on $dev in $seconds s"; return 1; }
    n=$((n + 1)); sleep 0.1
  done
}
`
  .replaceAll('@RUN', RUN_DIRECTORY)
  .replaceAll('@{', '${');

/**
 * What the client runs when something happens: udhcpc tells what by a word, the others by `reason`. The address ends
 * with the lease, should the client do so without a word. dhcpcd has given it already, and the route.
 */
const SCRIPT = String.raw`#!/bin/sh
f=@FILE client=@CLIENT routes=@ROUTES old=
[ ! -f "$f" ] || read -r old <"$f"
case @{reason:-$1} in
bound | renew | BOUND | RENEW | REBIND | REBOOT) ;;
deconfig | EXPIRE | FAIL | STOP | STOPPED | RELEASE)
  [ -z "$old" ] || [ $client = dhcpcd ] || ip addr del "$old" dev "$interface" 2>/dev/null
  rm -f "$f"; exit 0 ;;
PREINIT) exec ip link set dev "$interface" up ;;
*) exit 0 ;;
esac
address=@{new_ip_address:-$ip} mask=@{new_subnet_mask:-@{mask:-@{subnet:-32}}} gates=@{new_routers:-$router}
seconds=@{new_dhcp_lease_time:-@{lease:-forever}} gate=@{gates%% *}
if [ $client != dhcpcd ]; then
  case $old in '' | "$address"/*) ;; *) ip addr del "$old" dev "$interface" ;; esac
  ip addr replace "$address/$mask" dev "$interface" valid_lft "$seconds" preferred_lft "$seconds" || exit
  # Whoever has a way out keeps it.
  if [ $routes = yes ] && [ -n "$gate" ] && ! ip -4 route show default | grep -qv " dev $interface "; then
    ip route replace default via "$gate" dev "$interface" proto dhcp || ip route replace default via "$gate" dev "$interface" onlink proto dhcp
  fi
fi
set -- $(ip -4 -o addr show dev "$interface" to "$address")
[ -z "$4" ] || printf '%s\n' "$4" >"$f"
`.replaceAll('@{', '${');

/**
 * Gives it a /run of its own, but for ours, since all clients of the host would share what they have there, and /run may
 * forbid programs. Debian's AppArmor profile lets dhclient have no other script than its own, so that is where ours is.
 */
const PREPARE = String.raw`d=@RUN/lease script=$1 name=$2 dev=$3; shift 3
# Another address that goes, or comes before, does not take this one along.
echo 1 >"/proc/sys/net/ipv4/conf/$dev/promote_secondaries"
mount -t tmpfs -o mode=755 lease $d && mkdir -p $d@RUN && printf %s "$script" >$d/run/lease && chmod 755 $d/run/lease &&
  mount --bind @RUN $d@RUN && mount --rbind $d/run /run || exit
case $0 in
dhclient)
  mount --bind /run/lease "$(command -v dhclient-script)" && mount -t tmpfs -o mode=755 lease /etc/dhcp || exit
  printf 'send host-name "%s";\n' "$name" >/etc/dhcp/dhclient.conf ;;
dhcpcd) [ ! -d /var/lib/dhcpcd ] || mount -t tmpfs lease /var/lib/dhcpcd || exit ;;
esac
exec "$@"`.replaceAll('@RUN', RUN_DIRECTORY);

/** Each in the foreground, where it stays to renew. */
function argvOf({ dev, client, hostname, routes, options }: Lease): readonly string[] {
  switch (client) {
    case 'udhcpc':
      // A server may take three seconds to look whether somebody has the address.
      return [
        ...['busybox', 'udhcpc', '-f', '-R', '-A', '3', '-i', dev, '-x', `hostname:${hostname}`],
        ...['-s', OWN_SCRIPT, ...options],
      ];
    case 'dhclient':
      return [
        ...['dhclient', '-4', '-d', '-q', '-lf', '/run/dhclient.leases', '-pf', '/run/dhclient.pid', ...options, dev],
      ];
    case 'dhcpcd':
      return [
        ...['dhcpcd', '-B', '-4', '-A', '-L', '-q', '--nodev', '--nodelay', '-f', '/dev/null', '-h', hostname],
        ...['-c', OWN_SCRIPT, ...(routes ? [] : ['-G']), ...options, dev],
      ];
  }
}

export function leaseStep(command: Lease): string {
  const { scope, dev, client, routes, seconds, digest } = command;
  const script = SCRIPT.replace('@FILE', quote(`${RUN_DIRECTORY}/${scope}.${dev}.lease`))
    .replace('@CLIENT', client)
    .replace('@ROUTES', routes ? 'yes' : 'no');
  const argv = ['sh', '-c', PREPARE, client, script, command.hostname, dev, ...argvOf(command)];
  return `lease ${shellLine([scope, dev, `${seconds}`, digest, ...argv])} 2>&1`;
}

export const releaseStep = (scope: string, dev: string): string => `release ${shellLine([scope, dev])} 2>&1`;
