import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Kernel } from './kernel.ts';

interface Part {
  readonly family?: string;
}

interface Shown {
  readonly local?: string;
  readonly dst?: string;
  readonly protocol?: string;
  readonly pref?: string;
  /** The name of a route's table, or one of nft's. */
  readonly table?: Part | string;
  readonly chain?: Part;
  readonly rule?: Part;
}

const LOOK =
  'ip -j -d addr; ip -j route show table all; ip -j rule; grep -rs . /proc/sys/net | grep -v conntrack_count | sort';
const LOOK_ALL = `
${LOOK}
nft -j list ruleset
for n in $(ls /run/netns 2>/dev/null); do
  echo "$n"; nsenter --net=/run/netns/$n sh -c '${LOOK}'
  for p in $(ip netns pids $n); do tr '\\0' ' ' </proc/$p/cmdline; done
done
find /run -path /run/netns -prune -o -path /run/netwright -prune -o -type f -printf '%p %m %s\\n' -exec cat {} +`;

/**
 * All there is to see of a host's network, in lines. Left out, each for a reason:
 * - what ticks by itself: the timers of a bridge, how many connections are tracked, whether a carrier has come yet, and the routes to our own IPv6
 *   addresses, which the kernel makes a moment after the address;
 * - what the kernel never takes back: the addresses that `lo` and every link get when they first come up, the routes
 *   that come with them and with multicast, and the largest segment that a bridge's ports could offload;
 * - how many listen to all packets of an interface, which the kernel settles when that next comes up;
 * - the order of addresses (what counts of it, which is secondary, is shown) and of nft's tables, and its handles.
 */
export async function snapshot(kernel: Kernel): Promise<string> {
  const lines = (await kernel.sh(LOOK_ALL)).split('\n');
  return lines.flatMap((line) => (/^[[{]/.test(line) ? shown(JSON.parse(line)) : [line])).join('\n');
}

/** Some things, such as taking a namespace apart, go on a little after the command has returned. */
export async function expectSnapshot(kernel: Kernel, wanted: string, message?: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const found = await snapshot(kernel);
    if (found === wanted) return;
    if (tries === 20) expect(found, message).toBe(wanted);
    await setTimeout(50);
  }
}

const PASSING = new Set(['operstate', 'qdisc', 'tso_max_size', 'tso_max_segs', 'handle', 'tentative', 'promiscuity']);
const CARRIER = new Set(['NO-CARRIER', 'LOWER_UP', 'linkdown']);

function shown(value: unknown): string[] {
  const lasting = JSON.stringify(value, (key, inner: unknown) => {
    if (PASSING.has(key) || key.endsWith('_timer')) return undefined;
    if (!Array.isArray(inner)) return inner;
    const kept = (inner as (Shown | string)[]).filter((one) =>
      typeof one === 'string' ? !CARRIER.has(one) : !isOwn(one),
    );
    return key === 'addr_info' || key === 'nftables' ? (kept as Shown[]).toSorted(byPlace) : kept;
  });
  return lasting.split(/(?<=[{},])(?=\{)/);
}

/** Made by the kernel for itself: `fe80::…ff:fe…` is derived from a MAC. */
const isOwn = ({ local, dst, protocol, table, pref }: Shown): boolean =>
  /^(fe80::.*ff:fe|127\.|::1$)/.test(local ?? dst ?? '') ||
  (protocol === 'kernel' && (dst === 'fe80::/64' || (table === 'local' && pref !== undefined)));

/** An address by itself; a table with all that is in it by its family. */
const place = ({ local, table, chain, rule }: Shown): string =>
  local ?? ((table ?? chain ?? rule) as Part | undefined)?.family ?? '';
const byPlace = (a: Shown, b: Shown): number => Number(place(a) > place(b)) - Number(place(a) < place(b));
