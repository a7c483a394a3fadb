import { quote, type Scope } from '../command.ts';
import { capabilityScript } from './capability.ts';
import { engineQueries, sandboxPaths } from './engine-script.ts';
import { LEDGER_DIRECTORY } from './ledger.ts';
import { NAMES_QUERY, NET_QUERIES } from './net.ts';
import { SYSTEM_SCRIPT } from './system-script.ts';
import { ownFile, RUN_DIRECTORY } from './run-directory.ts';
import { PACKAGES, WRITABLE } from './tools.ts';
import type { Read } from './world.ts';
import { readKey } from './world.ts';

/** Where `start` leaves what it knows of a program: `PID START DIGEST`. Gone with the boot, as programs are. */
const processFile = (scope: Scope): string => `${RUN_DIRECTORY}/${scope}.process`;

/** The same of a DHCP client, and with another ending the address that it got. */
const clientFile = (scope: Scope, dev: string): string => `${RUN_DIRECTORY}/${scope}.${dev}`;

/** With more namespaces than this, two workers look at them side by side. */
const FEW = 8;

// A word about speed: with ten hosts on two cores, a process less on each is three milliseconds. So what a shell can do
// itself, it does, and one `grep` shows many files. (Numbers in /proc/sys it cannot read: it asks for single bytes, and
// the kernel answers only the first.)

/**
 * The script that looks at everything that `reads` names, and at what every plan needs: boot, namespaces, ledgers,
 * missing tools, the host's own links. Sections are split by `mark`; see parseFacts for their names.
 */
export function gatherScript(reads: readonly Read[]): string {
  // The rules also tell whether iptables has tables.
  const all = reads.some(({ fact }) => fact === 'iptables') ? [{ fact: 'nft', scope: '' } as const, ...reads] : reads;
  const unique = [...new Map(all.map((read) => [readKey(read), read])).values()];
  const tools = unique.flatMap((read) => (read.fact === 'tool' ? [quote(read.name)] : []));
  const capabilities = unique.flatMap((read) => (read.fact === 'capability' ? [read.name] : []));
  const sandboxes = sandboxPaths(unique);
  const kernel = parametersOf(unique);
  const pathOf = (scope: Scope): string => sandboxes.get(scope) ?? quote(`/run/netns/${scope}`);
  return [
    'mark boot; read -r boot </proc/sys/kernel/random/boot_id; echo "$boot"',
    'mark connection; echo "${SSH_CONNECTION:-}"',
    `mark missing; for t in ${[...Object.keys(PACKAGES), ...tools].join(' ')}; do command -v $t >/dev/null 2>&1 || echo $t; done; true 2>/dev/null >>${WRITABLE}/net/ipv4/ip_forward || echo ${WRITABLE}`,
    // A name that leads nowhere any more is one too.
    'mark netns; for n in /run/netns/*; do if [ -L "$n" ]; then echo "${n##*/} $(readlink "$n")"; elif [ -e "$n" ]; then echo "${n##*/}"; fi; done',
    `mark 'net '; ip -j -d -batch - 2>/dev/null <<'Q'\n${[...NET_QUERIES, NAMES_QUERY].join('\n')}\nQ`,
    ...engineQueries(unique),
    ...namespaces(unique, pathOf),
    ...parameters(kernel, pathOf, (scope) => sandboxes.has(scope)),
    ...capabilityScript(capabilities),
    ...unique.flatMap((read) => single(read, pathOf)),
    ...lines(
      unique.flatMap((read) => (read.fact === 'file' ? [read.path] : [])),
      kernel.get('') ?? [],
    ),
    'mark end',
  ].join('\n');
}

/** Namespaces that exist are read one `ip` each; many of them by two workers, whose output is joined afterwards. */
function namespaces(reads: readonly Read[], pathOf: (scope: Scope) => string): string[] {
  const named = new Set(reads.flatMap((read) => (read.fact === 'peers' ? [read.scope] : [])));
  const detailed = new Set(reads.flatMap((read) => (read.fact === 'details' ? [read.scope] : [])));
  const looked = new Set(reads.flatMap((read) => (read.fact === 'net' || read.fact === 'details' ? [read.scope] : [])));
  const lines = [...looked].flatMap((scope) => {
    if (scope === '') return [];
    const look = detailed.has(scope) ? 'net_details' : named.has(scope) ? 'net_names' : 'net';
    return [`${look} ${quote(scope)} ${pathOf(scope)}`];
  });
  if (lines.length === 0) return [];
  const names = [...NET_QUERIES, NAMES_QUERY];
  const details = detailed.size === 0 ? [] : [look('net_details', names, '-j -d')];
  const functions = [look('net', NET_QUERIES), look('net_names', names), ...details];
  if (lines.length <= FEW) return [...functions, ...lines];
  const half = Math.ceil(lines.length / 2);
  const worker = (some: readonly string[], file: string): string => `{\n${some.join('\n')}\n} >"$d/${file}"`;
  return [
    ...functions,
    `d=${ownFile('directory')} && {`,
    `${worker(lines.slice(0, half), 'a')} & first=$!; ${worker(lines.slice(half), 'b')}`,
    'wait $first; cat "$d/a" "$d/b"; rm -rf "$d"; }',
  ];
}

/** A shell function that looks at one namespace. With `nsenter`: `ip -n` copies all mounts, and each namespace is one. */
const look = (name: string, queries: readonly string[], options = '-j'): string => `${name}() {
  [ -e "$2" ] || return 0
  mark "net $1"; nsenter --net="$2" ip ${options} -batch - <<'Q' 2>/dev/null
${queries.join('\n')}
Q
}`;

/** The files of the kernel parameters that are asked for, as shell words. */
function parametersOf(reads: readonly Read[]): Map<Scope, string[]> {
  const files = new Map<Scope, string[]>();
  const add = (scope: Scope, file: string): void => void files.set(scope, [...(files.get(scope) ?? []), file]);
  for (const read of reads) {
    if (read.fact === 'sysctl') add(read.scope, quote(`/proc/sys/${read.key}`));
    else if (read.fact === 'accept_ra') add('', '/proc/sys/net/ipv6/conf/*/accept_ra');
  }
  return files;
}

/**
 * The kernel parameters of namespaces: a line for each that it has, its file first. One that is yet to be made will have
 * what any new one has; only an engine gives its own something else.
 */
function parameters(
  kernel: ReadonlyMap<Scope, readonly string[]>,
  pathOf: (scope: Scope) => string,
  isEngines: (scope: Scope) => boolean,
): string[] {
  return [...kernel].flatMap(([scope, list]) => {
    if (scope === '') return [];
    const path = pathOf(scope);
    const title = `mark ${quote(`sysctl ${scope}`)}`;
    const show = `grep -sH '' ${list.join(' ')}`;
    const made = isEngines(scope) ? '' : ` else ${title}; unshare --net ${show};`;
    return [`if [ -e ${path} ]; then ${title}; nsenter --net=${path} ${show};${made} fi`];
  });
}

/**
 * Modes and sizes of the ledgers and of all other files that are there; then the host's own kernel parameters, all lines
 * of those files, and what is mounted, where there are namespaces; each line with its file before it. The parameters come
 * first: `grep` asks for more at a time after a long line, and the kernel gives nothing to who asks for 4 MiB of them.
 */
const lines = (paths: readonly string[], kernel: readonly string[]): string[] => [
  `set --; for f in ${LEDGER_DIRECTORY}/*.json ${LEDGER_DIRECTORY}/*.owed ${paths.map(quote).join(' ')}; do [ ! -f "$f" ] || set -- "$@" "$f"; done`,
  `mark files; [ $# = 0 ] || stat -c '%a %s %n' "$@"`,
  `for f in /run/netns/*; do [ ! -e "$f" ] || { set -- "$@" /proc/self/mountinfo; break; }; done`,
  `mark lines; grep -sH '' /dev/null ${kernel.join(' ')} "$@" 2>/dev/null`,
];

/** Of the host they are kept: they also tell whether iptables has tables. */
function rules(scope: Scope, path: string): string {
  if (scope === '')
    return `mark 'nft '; rules=$(command -v nft >/dev/null 2>&1 && nft -j list ruleset); printf %s "$rules"`;
  return `[ -e ${path} ] && { mark ${quote(`nft ${scope}`)}; command -v nft >/dev/null 2>&1 && nsenter --net=${path} nft -j list ruleset; }`;
}

function single(read: Read, pathOf: (scope: Scope) => string): string[] {
  switch (read.fact) {
    case 'net':
    case 'peers':
    case 'sysctl':
    case 'accept_ra':
    case 'container':
    case 'engine_hosts':
    case 'networks':
    case 'daemon':
    case 'labelled':
    case 'details':
    case 'capability':
    case 'tool':
    case 'file':
      return [];
    case 'rules': {
      const { start, enter } = entered(read.scope, pathOf(read.scope));
      const show = [4, 6].map(
        (family) => `mark ${quote(`rules ${family} ${read.scope}`)}; ${enter}ip -j -${family} rule`,
      );
      return [`${start}${show.join('; ')}; }`];
    }
    case 'qdisc': {
      const { start, enter } = entered(read.scope, pathOf(read.scope));
      const name = quote(`qdisc ${read.scope}${read.scope === '' ? '' : ' '}${read.dev}`);
      return [`${start}mark ${name}; ${enter}tc -j qdisc show dev ${quote(read.dev)}; } 2>/dev/null`];
    }
    case 'port_vlans':
      return ['mark portvlans; bridge -j vlan show 2>/dev/null'];
    case 'netns_files':
      return ['mark netnsfiles; for f in /etc/netns/*/*; do if [ -f "$f" ]; then echo "$f"; fi; done'];
    case 'system':
      return [SYSTEM_SCRIPT];
    case 'proxies':
      return ['mark proxies; ip -6 -j neigh show proxy'];
    case 'listeners':
      return ['mark listeners; ss -Hlntu'];
    case 'flood':
      return [`mark ${quote(`flood ${read.dev}`)}; bridge -j fdb show dev ${quote(read.dev)} 2>/dev/null`];
    case 'nft':
      return [rules(read.scope, pathOf(read.scope))];
    case 'iptables':
      // Only where a filter table is there already: asking must not make one.
      return [4, 6].map((family) => {
        const [names, command, nft] = family === 4 ? ['ip', 'iptables', 'ip'] : ['ip6', 'ip6tables', 'ip6'];
        const find = `while read -r t && [ "$t" != filter ]; do :; done </proc/net/${names}_tables_names`;
        const legacy = `[ -e /proc/net/${names}_tables_names ] && { ${find}; [ "$t" = filter ]; }`;
        const used = `case $rules in *'{"table": {"family": "${nft}", "name": "filter",'*) ;; *) ${legacy} ;; esac`;
        return `if command -v ${command} >/dev/null 2>&1 && ${used}; then mark 'iptables ${family}'; ${command} -w -S; fi`;
      });
    case 'lease': {
      const path = quote(clientFile(read.scope, read.dev));
      const name = quote(`lease ${read.scope} ${read.dev}`);
      const state = `if ! { ${ALIVE.replace('"$f"', '"$f.process"')}; }; then state=dead; elif ! ${isIn(quote(`/run/netns/${read.scope}`))}; then state=astray; elif [ -s "$f.lease" ]; then state=bound; else state=asking; fi`;
      const lines = `cidr=; ${state}; read -r cidr <"$f.lease"; echo "$state $digest $cidr"`;
      return [`f=${path}; [ -f "$f.process" ] && { mark ${name}; { ${lines}; } 2>/dev/null; }`];
    }
    case 'process': {
      const path = quote(processFile(read.scope));
      const namespace = quote(`/run/netns/${read.scope}`);
      const running = `${ALIVE} && { ${isIn(namespace)} || digest=astray; echo "$digest"; }`;
      return [`f=${path}; [ -f "$f" ] && { mark ${quote(`process ${read.scope}`)}; { ${running}; } 2>/dev/null; }`];
    }
  }
}

/** Field 3 of stat is the state and 22 the start time; the name in field 2 may hold anything, so count after it. */
const ALIVE =
  'read -r pid start digest <"$f" && stat=$(cat "/proc/$pid/stat") && set -- ${stat##*) } && [ "$1" != Z ] && [ "${20}" = "$start" ]';

/** It may have outlived its namespace, and now another has that name. */
const isIn = (namespace: string): string => `[ "/proc/$pid/ns/net" -ef ${namespace} ]`;

/** How a block begins that runs in a namespace, if that is there. */
const entered = (scope: Scope, path: string): { readonly start: string; readonly enter: string } =>
  scope === '' ? { start: '{ ', enter: '' } : { start: `[ -e ${path} ] && { `, enter: `nsenter --net=${path} ` };
