import { expect } from 'vitest';
import type { Kernel } from '../../objects/kernel.ts';
import { LAB } from '../../tasks/plan.ts';
import type { Bridge, State } from './state.ts';

// What the kernel has, read and judged without a line of the tool's.

interface Address {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
}

interface Link {
  readonly ifindex: number;
  readonly ifname: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly address: string;
  readonly group?: string;
  readonly ifalias?: string;
  readonly master?: string;
  readonly addr_info: readonly Address[];
}

interface Route {
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
}

interface Net {
  readonly links: ReadonlyMap<string, Link>;
  readonly routes: readonly Route[];
  readonly programs: string;
  readonly forwards: string;
}

export interface Seen {
  readonly host: Net;
  readonly namespaces: ReadonlyMap<string, Net>;
  readonly rpFilter: string;
  /** Each table of nft, and each of its rules that masquerades, a word. */
  readonly tables: string;
}

const ONE = `ip -j -d addr; ip -j route; cat /proc/sys/net/ipv4/ip_forward`;
const LOOK = `${ONE}; echo
cat /proc/sys/net/ipv4/conf/all/rp_filter; nft list ruleset | grep -oE '^table.*[a-z]| masquerade comment' | sort | tr '\\n' ' '; echo
for n in $(ls /run/netns 2>/dev/null); do
  echo "$n"; nsenter --net=/run/netns/$n sh -c '${ONE}'
  for p in $(ip netns pids $n); do tr '\\0' ' ' </proc/$p/cmdline; done; echo
done`;

function netOf([addresses = '', routes = '', forwards = '', programs = '']: readonly string[]): Net {
  const links = JSON.parse(addresses) as Link[];
  return {
    links: new Map(links.map((link) => [link.ifname, link])),
    routes: JSON.parse(routes) as Route[],
    forwards,
    programs: programs.trim(),
  };
}

export async function readKernel(kernel: Kernel): Promise<Seen> {
  const lines = (await kernel.sh(LOOK)).split('\n');
  const namespaces = new Map<string, Net>();
  for (let at = 6; at + 4 < lines.length; at += 5) namespaces.set(lines[at]!, netOf(lines.slice(at + 1, at + 5)));
  return { host: netOf(lines), rpFilter: lines[4]!, tables: lines[5]!, namespaces };
}

const ipv4 = (link: Link | undefined): string[] =>
  (link?.addr_info ?? [])
    .filter(({ family }) => family === 'inet')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);

const global6 = (link: Link | undefined): string[] =>
  (link?.addr_info ?? [])
    .filter(({ family, scope }) => family === 'inet6' && scope === 'global')
    .map(({ local }) => local);

/** The kernel has what the state asks for, and nothing of the lab's besides. */
export function expectState(seen: Seen, state: State): void {
  const { bridges, containers, link, blackhole, rpFilter } = state;
  const names = Object.keys(containers).map((name) => `${LAB}-${name}`);
  expect([...seen.namespaces.keys()].filter((name) => name.startsWith(LAB)).sort()).toEqual(names.toSorted());
  const ours = [...seen.host.links.values()].filter(({ ifalias }) => ifalias === `netwright:${LAB}`);
  const veths = Object.values(containers).reduce((sum, { on }) => sum + on.length, 0);
  expect(ours.length, 'links of the lab on the host').toBe(Object.keys(bridges).length + veths);
  for (const [name, one] of Object.entries(bridges)) expectBridge(seen, name, one);
  const used = new Set<string>();
  for (const [name, { on, fixed, forward, program }] of Object.entries(containers)) {
    const net = seen.namespaces.get(`${LAB}-${name}`)!;
    on.forEach((bridge, index) => {
      const { net: number, host, mtu, v6 } = bridges[bridge]!;
      const inside = net.links.get(`eth${index}`)!;
      const [address, ...more] = ipv4(inside);
      expect(more, `${name} has one address on ${bridge}`).toEqual([]);
      if (fixed !== undefined && index === 0) expect(address).toBe(`10.${number}.0.${fixed}/24`);
      expect(address).toMatch(new RegExp(`^10\\.${number}\\.0\\.\\d+/24$`));
      expect(used.has(address!) || address === `10.${number}.0.${host}/24`, `${address} is somebody else's`).toBe(
        false,
      );
      used.add(address!);
      expect(inside.mtu).toBe(mtu);
      expect(inside.flags).toContain('UP');
      const bytes = address!
        .split('/')[0]!
        .split('.')
        .map((byte) => Number(byte).toString(16).padStart(2, '0'));
      expect(inside.address).toBe(`02:42:${bytes.join(':')}`);
      expect(global6(inside)).toEqual(
        v6 === true ? [`2001:db8:${number}::242:${hex(bytes[0]!, bytes[1]!)}:${hex(bytes[2]!, bytes[3]!)}`] : [],
      );
    });
    const [first] = on;
    const gateway = net.routes.filter(({ dst }) => dst === 'default').map((route) => route.gateway);
    expect(gateway, `the way out of ${name}`).toEqual(
      first === undefined ? [] : [`10.${bridges[first]!.net}.0.${bridges[first]!.host}`],
    );
    expect(net.forwards).toBe(forward === true ? '1' : '0');
    expect(net.programs).toBe(program === undefined ? '' : `sleep ${program}`);
    const end = link?.ends.indexOf(name) ?? -1;
    expect(ipv4(net.links.get('p0'))).toEqual(end === -1 ? [] : [`192.168.9.${link!.bytes[end]!}/24`]);
  }
  const holes = seen.host.routes.filter(({ type }) => type === 'blackhole').map(({ dst }) => dst);
  expect(holes).toEqual(blackhole === undefined ? [] : [`10.9${blackhole}.0.0/16`]);
  if (rpFilter !== undefined) expect(seen.rpFilter).toBe(String(rpFilter));
  const masks = Object.values(bridges).filter(({ masq }) => masq === true).length;
  expect(seen.tables.match(/masquerade/g)?.length ?? 0, 'masquerading').toBe(masks);
  if (masks > 0) expect(seen.host.forwards).toBe('1');
}

const hex = (a: string, b: string): string => Number.parseInt(a + b, 16).toString(16);

function expectBridge(seen: Seen, name: string, { net, host, mtu }: Bridge): void {
  const link = seen.host.links.get(name)!;
  expect(link, name).toMatchObject({ mtu, linkinfo: { info_kind: 'bridge' } });
  expect(link.flags).toContain('UP');
  expect(ipv4(link)).toEqual([`10.${net}.0.${host}/24`]);
}
