import { quote, type Scope } from '../command.ts';
import { LEDGER_DIRECTORY } from './ledger.ts';
import { NET_QUERIES } from './net.ts';
import type { Read } from './world.ts';
import { readKey } from './world.ts';

/** Where `start` leaves what it knows of a program: `PID START DIGEST`. Gone with the boot, as programs are. */
export const RUN_DIRECTORY = '/run/netwright';
const processFile = (scope: Scope): string => `${RUN_DIRECTORY}/${scope}.process`;

/** Programs without which a fact or an object cannot be had. */
const TOOLS = ['ip', 'nft', 'nsenter', 'setsid', 'unshare', 'flock', 'ping', 'timeout'];

/** With more namespaces than this, two workers look at them side by side. */
const FEW = 8;

// A word about speed: with ten hosts on two cores, a process less on each is three milliseconds. So what a shell can do
// itself, it does, and one `grep` shows many files. (Numbers in /proc/sys it cannot read: it asks for single bytes, and
// the kernel answers only the first.)
const PREAMBLE = String.raw`
one() { ip -n "$1" -j -batch - <<'Q' 2>/dev/null
${NET_QUERIES.join('\n')}
Q
}
`;

/**
 * The script that looks at everything that `reads` names, and at what every plan needs: boot, namespaces, ledgers,
 * missing tools, the host's own links. Sections are split by `mark`; see parseFacts for their names.
 */
export function gatherScript(reads: readonly Read[]): string {
  // The rules also tell whether iptables has tables.
  const all = reads.some(({ fact }) => fact === 'iptables') ? [{ fact: 'nft' } as const, ...reads] : reads;
  const unique = [...new Map(all.map((read) => [readKey(read), read])).values()];
  const scopes = unique.flatMap((read) => (read.fact === 'net' && read.scope !== '' ? [read.scope] : []));
  return [
    PREAMBLE,
    'mark boot; read -r boot </proc/sys/kernel/random/boot_id; echo "$boot"',
    'mark connection; echo "${SSH_CONNECTION:-}"',
    `mark missing; for t in ${TOOLS.join(' ')}; do command -v $t >/dev/null 2>&1 || echo $t; done`,
    'mark netns; for n in /run/netns/*; do [ -e "$n" ] && echo "${n##*/}"; done',
    'mark nsfs; [ ! -e "$n" ] || grep -F " - nsfs " /proc/self/mountinfo',
    `mark ledgers; for f in ${LEDGER_DIRECTORY}/*.json; do [ -f "$f" ] && { mark "ledger $f"; cat "$f"; }; done`,
    `mark 'net '; ip -j -d -batch - 2>/dev/null <<'Q'\n${NET_QUERIES.join('\n')}\nQ`,
    ...namespaces(scopes),
    ...parameters(unique),
    ...unique.flatMap(single),
    'mark end',
  ].join('\n');
}

/** Namespaces that exist are read one `ip` each; many of them by two workers, whose output is joined afterwards. */
function namespaces(scopes: readonly Scope[]): string[] {
  if (scopes.length === 0) return [];
  const each = 'for n; do [ -e "/run/netns/$n" ] && { mark "net $n"; one "$n"; }; done';
  const list = (names: readonly Scope[]): string => names.map(quote).join(' ');
  if (scopes.length <= FEW) return [`nets() { ${each}; }; nets ${list(scopes)}`];
  const half = Math.ceil(scopes.length / 2);
  return [
    `nets() { ${each}; }`,
    `d=$(mktemp -d /run/netwright.XXXXXX) && {`,
    `nets ${list(scopes.slice(0, half))} >"$d/a" & first=$!; nets ${list(scopes.slice(half))} >"$d/b"`,
    'wait $first; cat "$d/a" "$d/b"; rm -rf "$d"; }',
  ];
}

/** The kernel parameters of a namespace: a line for each that it has, its file first. */
function parameters(reads: readonly Read[]): string[] {
  const files = new Map<Scope, string[]>();
  const add = (scope: Scope, file: string): void => void files.set(scope, [...(files.get(scope) ?? []), file]);
  for (const read of reads) {
    if (read.fact === 'sysctl') add(read.scope, quote(`/proc/sys/${read.key}`));
    else if (read.fact === 'accept_ra') add('', '/proc/sys/net/ipv6/conf/*/accept_ra');
  }
  return [...files].map(([scope, list]) => {
    const show = `mark ${quote(`sysctl ${scope}`)}; `;
    const grep = `grep -sH '' ${list.join(' ')}`;
    if (scope === '') return show + grep;
    const path = quote(`/run/netns/${scope}`);
    return `[ -e ${path} ] && { ${show}nsenter --net=${path} ${grep}; }`;
  });
}

function single(read: Read): string[] {
  switch (read.fact) {
    case 'net':
    case 'sysctl':
    case 'accept_ra':
      return [];
    case 'nft':
      return ['mark nft; rules=$(command -v nft >/dev/null 2>&1 && nft -j list ruleset); printf %s "$rules"'];
    case 'iptables':
      // Only where a filter table is there already: asking must not make one.
      return [4, 6].map((family) => {
        const [names, command, nft] = family === 4 ? ['ip', 'iptables', 'ip'] : ['ip6', 'ip6tables', 'ip6'];
        const legacy = `[ -e /proc/net/${names}_tables_names ] && grep -q filter /proc/net/${names}_tables_names`;
        const used = `case $rules in *'{"table": {"family": "${nft}", "name": "filter",'*) ;; *) ${legacy} ;; esac`;
        return `if command -v ${command} >/dev/null 2>&1 && ${used}; then mark 'iptables ${family}'; ${command} -w -S; fi`;
      });
    case 'file': {
      const path = quote(read.path);
      return [`[ -f ${path} ] && { mark ${quote(`file ${read.path}`)}; stat -c '%a' ${path}; cat ${path}; }`];
    }
    case 'process': {
      const path = quote(processFile(read.scope));
      const namespace = quote(`/run/netns/${read.scope}`);
      // It may have outlived its namespace, and now another has that name.
      const isThere = `[ "/proc/$pid/ns/net" -ef ${namespace} ]`;
      // Field 3 of stat is the state and 22 the start time; the name in field 2 may hold anything, so count after it.
      const alive =
        'read -r pid start digest <"$f" && stat=$(cat "/proc/$pid/stat") && set -- ${stat##*) } && [ "$1" != Z ] && [ "${20}" = "$start" ]';
      const running = `${alive} && ${isThere} && echo "$digest"`;
      return [`f=${path}; [ -f "$f" ] && { mark ${quote(`process ${read.scope}`)}; { ${running}; } 2>/dev/null; }`];
    }
  }
}
