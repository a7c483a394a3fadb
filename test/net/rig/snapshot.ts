/** Prints everything, each part under a heading, for the host and for every named network namespace on it. */
export const SNAPSHOT = `
part() { printf '\\n#### %s\\n' "$*"; }
spaces=$(if [ -d /run/netns ]; then ls /run/netns; fi)
part text namespaces
printf '%s\\n' $spaces
for space in '' $spaces; do
  if [ -n "$space" ] && ! nsenter --net="/run/netns/$space" true 2>/dev/null; then
    part text "$space cannot be entered"
    continue
  fi
  within() { if [ -z "$space" ]; then "$@"; else nsenter --net="/run/netns/$space" "$@"; fi; }
  part json "$space link"; within ip -j -d link
  part json "$space addr"; within ip -j addr
  for family in 4 6; do
    part json "$space route $family"; within ip -j -d "-$family" route show table all
    part json "$space rule $family"; within ip -j "-$family" rule
    part json "$space neigh permanent $family"; within ip -j "-$family" neigh show nud permanent
    part json "$space neigh proxy $family"; within ip -j "-$family" neigh show proxy
  done
  part json "$space nft"; within nft -j list ruleset
  part sysctl "$space sysctl"; within sysctl -a 2>/dev/null | grep '^net' | sort
done
for directory in /etc/netns /var/lib/netwright; do
  part text "$directory"
  if [ -d "$directory" ]; then
    find "$directory" -mindepth 1 -printf '%P %y %m %u\\n' | sort
    find "$directory" -type f -print0 | sort -z | xargs -0r sha256sum
  fi
done
`;

/** Keys of JSON answers that differ between two looks at the same state, and why. */
const VOLATILE: Readonly<Record<string, string>> = {
  ifindex: 'a number that the kernel hands out',
  link_index: 'the same, of the other end',
  link_netnsid: 'a number that the kernel hands out',
  valid_life_time: 'counts down',
  preferred_life_time: 'counts down',
  expires: 'counts down',
  tentative: 'ends by itself after two seconds',
  packets: 'a counter',
  bytes: 'a counter',
  hello_timer: 'a timer of the bridge',
  tcn_timer: 'a timer of the bridge',
  topology_change_timer: 'a timer of the bridge',
  gc_timer: 'a timer of the bridge',
  message_age_timer: 'a timer of the bridge port',
  forward_delay_timer: 'a timer of the bridge port',
  hold_timer: 'a timer of the bridge port',
};

/** Kernel parameters that differ so. */
const VOLATILE_PARAMETERS: readonly (readonly [RegExp, string])[] = [
  [/^net\.netfilter\.nf_conntrack_count /, 'a counter'],
];

/** One text for one state: volatile values taken out, keys sorted, the order of lists kept where it means something. */
export function canonical(answer: string): string {
  return answer.split('\n#### ').slice(1).map(part).join('\n');
}

function part(text: string): string {
  const end = text.indexOf('\n');
  const [kind, ...title] = text.slice(0, end).split(' ');
  const body = text.slice(end + 1);
  return `#### ${title.join(' ').trim()}\n${kind === 'json' ? json(body) : kind === 'sysctl' ? parameters(body) : body}`;
}

function json(body: string): string {
  if (body.trim() === '') return '';
  const value: unknown = JSON.parse(body);
  const items = Array.isArray(value) ? (value as unknown[]) : [value];
  const lines = items.map((item) => JSON.stringify(stable(item)));
  // Links stand in the order of their numbers, which are taken out.
  if (items.every((item) => typeof item === 'object' && item !== null && 'ifname' in item)) lines.sort();
  return lines.map((line) => `${line}\n`).join('');
}

function stable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !(key in VOLATILE));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, stable(inner)]));
}

const parameters = (body: string): string =>
  body
    .split('\n')
    .filter((line) => !VOLATILE_PARAMETERS.some(([pattern]) => pattern.test(line)))
    .join('\n');
