/** Shell functions for what engines have of their containers: the namespace, and the hosts file. */
export const ENGINES = String.raw`sandbox() { # NAMESPACE ENGINE CONTAINER STARTED
  said=$("$2" container inspect -f '{{.State.Pid}} {{json .State.StartedAt}} {{.NetworkSettings.SandboxKey}}' "$3") || return
  read -r pid started key <<SAID
$said
SAID
  [ "$pid" != 0 ] || { echo "$3 does not run"; return 1; }
  [ -z "$4" ] || [ "$started" = "\"$4\"" ] || { echo "$3 was started anew meanwhile"; return 1; }
  # The engine's own file goes with the namespace; a process id may come again.
  [ -n "$key" ] && [ "$key" -ef "/proc/$pid/ns/net" ] || key=/proc/$pid/ns/net
  mkdir -p /run/netns && ln -sfn "$key" "/run/netns/$1"
}
hosts() { # ENGINE CONTAINER BEGIN END TEXT: the same file, which is mounted
  f=$("$1" container inspect -f '{{.HostsPath}}' "$2") || return
  rest= skip=
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in "$3") skip=yes ;; "$4") skip=; continue ;; esac
    [ -n "$skip" ] || rest="$rest$line
"
  done <"$f"
  printf %s%s "$rest" "$5" >"$f"
}`;
