import { expect } from 'vitest';
import { otherEnd, underlay } from './playbook.ts';
import type { Link, Net, Seen } from './reader.ts';
import { LAB, type Bridge, type HostState, type State } from './state.ts';

// Whether a kernel has what a state asks for, and nothing of the lab's besides; judged without a line of the tool's.

export function expectState(host: string, seen: Seen, { hosts, overlay }: State): void {
  const state = hosts[host]!;
  const { bridges, containers, link, macvlan } = state;
  const names = Object.keys(containers).map((name) => `${LAB}-${name}`);
  expect([...seen.namespaces.keys()].filter((name) => name.startsWith(LAB)).sort()).toEqual(names.toSorted());
  const named = [
    ...Object.keys(bridges),
    ...(overlay ? [overlay.name] : []),
    ...(link?.ends.includes('host') === true ? [link.name] : []),
    ...(macvlan && macvlan.container === undefined ? [macvlan.name] : []),
    ...(state.adopt ? ['old0'] : []),
  ];
  const ours = [...seen.host.links.values()].filter(({ ifalias }) => ifalias === `netwright:${LAB}`);
  const others = ours.map(({ ifname }) => ifname).filter((name) => !/^nw[0-9a-z]{12}$/.test(name));
  expect(others.sort(), 'links of the lab on the host').toEqual(named.sort());
  const veths = Object.values(containers).reduce((sum, { on }) => sum + on.length, 0);
  expect(ours.length - others.length, 'ends of veths').toBe(veths);

  for (const [name, one] of Object.entries(bridges)) expectBridge(seen, name, one);
  if (overlay) expectOverlay(host, seen, Object.keys(hosts), overlay);
  if (state.adopt) {
    const old = seen.host.links.get('old0');
    expect(old?.mtu).toBe(state.adopt.mtu);
    expect(ipv4(old)).toContain(`10.88.0.${state.adopt.byte}/24`);
  }
  expectAddresses(seen, state);
  for (const name of Object.keys(containers)) expectContainer(seen.namespaces.get(`${LAB}-${name}`)!, name, state);
  expectHost(seen, state);
}

export const ipv4 = (link: Link | undefined): string[] =>
  (link?.addr_info ?? [])
    .filter(({ family }) => family === 'inet')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);

const global6 = (link: Link | undefined): string[] =>
  (link?.addr_info ?? [])
    .filter(({ family, scope }) => family === 'inet6' && scope === 'global')
    .map(({ local }) => local);

function expectBridge(seen: Seen, name: string, { net, host, mtu = 1500, v6 }: Bridge): void {
  const link = seen.host.links.get(name)!;
  expect(link, name).toMatchObject({ mtu, linkinfo: { info_kind: 'bridge' } });
  expect(link.flags).toContain('UP');
  expect(ipv4(link)).toEqual([`10.${net}.0.${host}/24`]);
  const gateways = link.addr_info.filter(({ local }) => local === 'fe80::1');
  expect(gateways.length, `${name} has fe80::1`).toBe(v6 === true ? 1 : 0);
}

function expectOverlay(host: string, seen: Seen, hosts: readonly string[], overlay: NonNullable<State['overlay']>) {
  const link = seen.host.links.get(overlay.name);
  expect(link, overlay.name).toMatchObject({ linkinfo: { info_kind: 'vxlan', info_data: { id: overlay.id } } });
  expect(link?.master).toBe(overlay.bridge);
  expect(ipv4(link)).toEqual(overlay.bridge === undefined ? [`10.44.0.${host.slice(1)}/24`] : []);
  expect(seen.remotes).toEqual(hosts.filter((other) => other !== host).map((other) => `dst ${underlay(other)}`));
}

/** Every attachment has one address, which is right, nobody else's, and said again by its MAC and its IPv6 address. */
function expectAddresses(seen: Seen, { bridges, containers }: HostState): void {
  const used = new Set(Object.values(bridges).map(({ net, host }) => `10.${net}.0.${host}/24`));
  for (const [name, { on, fixed }] of Object.entries(containers)) {
    on.forEach((bridge, index) => {
      const { net, mtu = 1500, v6 } = bridges[bridge]!;
      const inside = seen.namespaces.get(`${LAB}-${name}`)!.links.get(`eth${index}`)!;
      const [address = '', ...more] = ipv4(inside);
      expect(more, `${name} has one address on ${bridge}`).toEqual([]);
      if (fixed !== undefined && index === 0) expect(address).toBe(`10.${net}.0.${fixed}/24`);
      expect(address).toMatch(new RegExp(`^10\\.${net}\\.0\\.\\d+/24$`));
      expect([...used], `${name} has somebody else's address`).not.toContain(address);
      used.add(address);
      expect(inside.mtu).toBe(mtu);
      expect(inside.flags).toContain('UP');
      const bytes = address.split('/', 1)[0]!.split('.').map(Number);
      expect(inside.address).toBe(`02:42:${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`);
      const words = [0, 2].map((at) => ((bytes[at]! << 8) | bytes[at + 1]!).toString(16));
      expect(global6(inside)).toEqual(v6 === true ? [`2001:db8:${net}::242:${words.join(':')}`] : []);
    });
  }
}

function expectContainer(net: Net, name: string, state: HostState): void {
  const { bridges, containers, link, macvlan, beyond, rule, ecn, firewall, rate } = state;
  const { on, forward, program, dns } = containers[name]!;
  const end = link?.ends.indexOf(name) ?? -1;
  const linked = end === -1 ? [] : ['p0'];
  const stacked = macvlan?.container === name ? [macvlan.name] : [];
  const names = ['lo', ...on.map((_, index) => `eth${index}`), ...linked, ...stacked];
  expect([...net.links.keys()].sort(), `links of ${name}`).toEqual(names.sort());
  if (end !== -1) expect(ipv4(net.links.get('p0'))).toEqual([`192.168.9.${link!.bytes[end]!}/24`]);
  if (macvlan?.container === name) expectMacvlan(net, macvlan);
  const ways = on.map((bridge) => bridges[bridge]!);
  const [first] = ways;
  const sixth = ways.findIndex(({ v6 }) => v6 === true);
  expect(net.routes, `routes of ${name}`).toEqual(
    [
      ...(first ? [`default via 10.${first.net}.0.${first.host} dev eth0`] : []),
      ...(sixth === -1 ? [] : [`default via fe80::1 dev eth${sixth}`]),
      ...(beyond?.container === name ? [`10.31.0.0/16 via ${otherEnd(state, name)} dev p0`] : []),
    ].sort(),
  );
  expect(net.forwards).toBe(forward === true ? '1' : '0');
  expect(net.programs).toEqual(program === undefined ? [] : [`sleep ${program}`]);
  expect(net.resolver).toBe(dns === undefined ? '' : `nameserver 10.53.0.${dns}`);
  expect(net.rules, `rules of ${name}`).toEqual(rule?.container === name ? [ruleText(rule)] : []);
  if (ecn?.container === name) expect(net.ecn).toBe(String(ecn.value));
  expect(net.shapers).toEqual(rate?.container === name ? [`eth0 tbf ${(rate.value * 1_000_000) / 8}`] : []);
  expectFilters(net, firewall?.container === name ? firewall : undefined);
}

const ruleText = ({ from, table }: NonNullable<HostState['rule']>): string =>
  `900 from 10.${from}.0.0/16 table ${table === 254 ? 'main' : table}`;

function expectMacvlan(net: Net, { name, byte }: NonNullable<HostState['macvlan']>): void {
  const link = net.links.get(name);
  expect(link, name).toMatchObject({ linkinfo: { info_kind: 'macvlan' } });
  expect(ipv4(link)).toEqual([`10.66.0.${byte}/24`]);
}

function expectFilters({ filters }: Net, wanted: HostState['firewall']): void {
  const drops = filters.filter((line) => /dport 8[12] drop/.test(line)).map((line) => line.replace(/^.*: /, ''));
  expect(drops).toEqual(wanted ? [`tcp dport ${wanted.port} drop`] : []);
  const masks = filters.filter((line) => line.includes('oifname "p0" masquerade'));
  expect(masks.length, 'masquerades by p0').toBe(wanted?.masquerade === true ? 1 : 0);
}

function expectHost(seen: Seen, state: HostState): void {
  const net = seen.host;
  const { bridges, link, macvlan, blackhole, via, rule, rpFilter, firewall } = state;
  if (link?.ends.includes('host') === true) {
    expect(ipv4(net.links.get(link.name))).toEqual([`192.168.9.${link.bytes[link.ends.indexOf('host')]!}/24`]);
  }
  if (macvlan && macvlan.container === undefined) expectMacvlan(net, macvlan);
  const there = via && bridges[via.bridge];
  const table = via?.table === 254 ? '' : ` table ${via?.table}`;
  expect(net.routes, 'routes of the host').toEqual(
    [
      ...(blackhole === undefined ? [] : [`blackhole 10.9${blackhole}.0.0/16`]),
      ...(there ? [`10.30.0.0/16 via 10.${there.net}.0.${via.byte} dev ${via.bridge}${table}`] : []),
      ...Object.entries(bridges).flatMap(([name, { net: number, v6 }]) =>
        v6 === true ? [`2001:db8:${number}::/64 dev ${name}`] : [],
      ),
    ].sort(),
  );
  expect(net.rules).toEqual(rule && rule.container === undefined ? [ruleText(rule)] : []);
  if (rpFilter !== undefined) expect(net.rpFilter).toBe(String(rpFilter));
  if (Object.values(bridges).some(({ masq }) => masq === true)) expect(net.forwards).toBe('1');
  expectTranslations(seen, state);
  expectFilters(net, firewall?.container === undefined ? firewall : undefined);
}

/** Who is masqueraded, whose neighbours are kept apart, and which port of the host leads to whom. */
function expectTranslations({ host: { filters }, namespaces }: Seen, { bridges, containers }: HostState): void {
  const rules = (sign: RegExp): string[] => filters.filter((line) => sign.test(line)).sort();
  const each = Object.entries(bridges);
  const masked = each.flatMap(([name, { net, masq }]) =>
    masq === true ? [`ip postrouting: ip saddr 10.${net}.0.0/24 oifname != "${name}" masquerade`] : [],
  );
  expect(rules(/oifname != .* masquerade$/), 'masquerading').toEqual(masked.sort());
  const apart = each.flatMap(([name, { icc, v6 }]) =>
    icc === false
      ? ['ip', ...(v6 === true ? ['ip6'] : [])].map(
          (family) => `${family} forward: iifname "${name}" oifname "${name}" ct status ! dnat drop`,
        )
      : [],
  );
  expect(rules(/^ip6? forward: .* drop$/), 'neighbours that are kept apart').toEqual(apart.sort());
  const led = Object.entries(containers).flatMap(([name, { on, publish }]) => {
    if (publish === undefined) return [];
    const links = on.map((_, index) => namespaces.get(`${LAB}-${name}`)!.links.get(`eth${index}`));
    const [four] = ipv4(links[0]);
    const [six] = links.flatMap(global6);
    const to = [
      `ip ${publish} ${four!.split('/', 1)[0]}:80`,
      ...(six === undefined ? [] : [`ip6 ${publish} [${six}]:80`]),
    ];
    return to.flatMap((way) => [`prerouting ${way}`, `output ${way}`]);
  });
  const leads = rules(/ dnat to /).map((line) =>
    line.replace(/^(ip6?) (\w+): .*tcp dport (\d+) dnat to (.*)$/, '$2 $1 $3 $4'),
  );
  expect(leads.sort(), 'published ports').toEqual(led.sort());
}
