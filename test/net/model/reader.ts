import type { Kernel } from '../../objects/kernel.ts';
import { THEIR_ADDRESS } from './state.ts';

// What the kernel has, read without a line of the tool's.

interface Address {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
}

export interface Link {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly address: string;
  readonly group?: string;
  readonly ifalias?: string;
  readonly master?: string;
  /** But for `THEIR_ADDRESS`. */
  readonly addr_info: readonly Address[];
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly id?: number } };
}

interface Route {
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly table?: string;
  readonly protocol?: string;
}

interface Rule {
  readonly priority: number;
  readonly src: string;
  readonly srclen?: number;
  readonly table?: string;
}

interface Qdisc {
  readonly kind: string;
  readonly dev: string;
  readonly options?: { readonly rate?: number };
}

/** One network namespace. */
export interface Net {
  readonly links: ReadonlyMap<string, Link>;
  /** Those that somebody made, not the kernel: `default via 10.1.0.1 dev eth0`. */
  readonly routes: readonly string[];
  /** But for the three that are everywhere. */
  readonly rules: readonly string[];
  /** Those that limit: `eth0 tbf 125000`, in bytes a second. */
  readonly shapers: readonly string[];
  readonly forwards: string;
  readonly rpFilter: string;
  readonly ecn: string;
  /** nft's rules behind their chain, without comments: `ip prerouting: tcp dport 8080 dnat to 10.1.0.2:80`. */
  readonly filters: readonly string[];
  /** Command lines. */
  readonly programs: readonly string[];
  readonly resolver: string;
}

export interface Seen {
  readonly host: Net;
  readonly namespaces: ReadonlyMap<string, Net>;
  /** Whom a tunnel sends to. */
  readonly remotes: readonly string[];
}

// Each part stands behind a line with its name.
const LOOK = `part() { printf '\n%%%% %s\n' "$1"; }
look() {
  part net; echo "$n"
  "$@" sh -c 'part() { printf "\n%%%% %s\n" "$1"; }
    value() { part "$1"; read -r text </proc/sys/net/ipv4/$2; echo "$text"; }
    part links; ip -j -d addr; part routes; ip -j -d route show table all; part rules; ip -j rule; part qdiscs; tc -j qdisc
    value forwards ip_forward; value ecn tcp_ecn; value rpFilter conf/all/rp_filter; part filters; exec nft list ruleset'
  part programs; [ -z "$n" ] || for p in $(ip netns pids $n); do tr '\\0' ' ' </proc/$p/cmdline; echo; done
  part resolver; [ ! -e /etc/netns/$n/resolv.conf ] || cat /etc/netns/$n/resolv.conf
}
n=; look env; for n in $(ls /run/netns 2>/dev/null); do look nsenter --net=/run/netns/$n; done
part remotes; for v in $(ip -br link show type vxlan | cut -d ' ' -f 1); do bridge fdb show dev $v | grep -o 'dst [^ ]*'; done`;

export async function readKernel(kernel: Kernel): Promise<Seen> {
  const nets = new Map<string, Map<string, string>>();
  let parts = new Map<string, string>();
  for (const section of (await kernel.sh(LOOK)).split('\n%% ').slice(1)) {
    const end = section.indexOf('\n');
    const [name, text] = [section.slice(0, end), section.slice(end + 1).trim()];
    if (name === 'net') nets.set(text, (parts = new Map<string, string>()));
    else parts.set(name, text);
  }
  const [host, ...namespaces] = [...nets].map(([name, found]) => [name, netOf(found)] as const);
  return {
    host: host![1],
    namespaces: new Map(namespaces),
    remotes: [...new Set(linesOf(parts.get('remotes')))].sort(),
  };
}

const linesOf = (text = ''): string[] => text.split('\n').filter((line) => line !== '');
const parsed = <T>(text = ''): T[] => (text === '' ? [] : (JSON.parse(text) as T[]));

const netOf = (parts: ReadonlyMap<string, string>): Net => ({
  links: new Map(parsed<Link>(parts.get('links')).map((link) => [link.ifname, withoutTheirs(link)])),
  routes: parsed<Route>(parts.get('routes'))
    .filter(({ protocol }) => protocol !== 'kernel')
    .map(routeText)
    .sort(),
  rules: parsed<Rule>(parts.get('rules'))
    .filter(({ priority }) => ![0, 32766, 32767].includes(priority))
    .map(({ priority, src, srclen, table }) => `${priority} from ${src}/${srclen ?? 32} table ${table}`),
  shapers: parsed<Qdisc>(parts.get('qdiscs')).flatMap(({ kind, dev, options }) =>
    options?.rate === undefined ? [] : [`${dev} ${kind} ${options.rate}`],
  ),
  forwards: parts.get('forwards')!,
  rpFilter: parts.get('rpFilter')!,
  ecn: parts.get('ecn')!,
  filters: rulesIn(linesOf(parts.get('filters')).map((line) => line.trim())),
  programs: linesOf(parts.get('programs')).map((line) => line.trim()),
  resolver: linesOf(parts.get('resolver'))
    .filter((line) => !line.startsWith('#'))
    .join('\n'),
});

const withoutTheirs = (link: Link): Link => ({
  ...link,
  addr_info: link.addr_info.filter(({ local }) => local !== THEIR_ADDRESS),
});

function rulesIn(lines: readonly string[]): string[] {
  let [family, chain] = ['', ''];
  return lines.flatMap((line) => {
    const [word, name = ''] = line.split(' ');
    if (word === 'table') family = name;
    else if (word === 'chain') chain = name;
    else if (word !== 'type' && word !== '}') return [`${family} ${chain}: ${line.replace(/ comment "[^"]*"$/, '')}`];
    return [];
  });
}

const routeText = ({ type, dst, gateway, dev, metric, table }: Route): string =>
  [
    type !== undefined && type !== 'unicast' && type,
    dst,
    gateway !== undefined && `via ${gateway}`,
    dev !== undefined && `dev ${dev}`,
    metric !== undefined && metric !== 1024 && `metric ${metric}`,
    table !== undefined && table !== 'main' && `table ${table}`,
  ]
    .filter((part) => part !== false)
    .join(' ');

/** Of what is seen, without what depends on which addresses were free: their own, and what is derived from them. */
export function shapeOf({ host, namespaces, remotes }: Seen): unknown {
  const net = ({ links, filters, ...rest }: Net): unknown => ({
    ...rest,
    filters: filters.toSorted(),
    links: [...links.values()]
      .map(({ ifname, mtu, flags, master, ifalias, address, addr_info, linkinfo }) => ({
        ...{ ifname, mtu, master, ifalias, kind: linkinfo?.info_kind },
        // Any other was chosen by the kernel, by chance: one in 64 of those begins with 02.
        address: address.startsWith('02:42:') ? address : '?',
        up: flags.includes('UP'),
        addresses: addr_info.flatMap(({ scope, local }) => (scope === 'global' ? [local] : [])).sort(),
      }))
      .sort((a, b) => (a.ifname < b.ifname ? -1 : 1)),
  });
  const all = { host: net(host), namespaces: [...namespaces].map(([name, one]) => [name, net(one)]), remotes };
  const text = JSON.stringify(all)
    .replaceAll(/\b10\.([12])\.0\.\d+/g, '10.$1.0.N')
    .replaceAll(/\b02:42:0a:(0[12]):00:[0-9a-f]{2}/g, '02:42:0a:$1:00:N')
    .replaceAll(/:242:a0([12]):[0-9a-f]+/g, ':242:a0$1:N');
  return JSON.parse(text);
}
