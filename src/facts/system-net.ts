interface Address {
  readonly family: string;
  readonly local?: string;
  /** The other end of a point-to-point link, to which the prefix belongs. */
  readonly address?: string;
  readonly prefixlen?: number;
  readonly broadcast?: string;
  readonly scope?: string;
  readonly label?: string;
  readonly secondary?: boolean;
}

interface Link {
  readonly ifname: string;
  readonly mtu: number;
  readonly address?: string;
  readonly operstate?: string;
  readonly link_type?: string;
  readonly promiscuity?: number;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { stp_state?: number; bridge_id?: string } };
  readonly addr_info?: readonly Address[];
}

interface Way {
  readonly gateway?: string;
  readonly dev?: string;
  readonly prefsrc?: string;
}

/**
 * Interfaces, addresses and default routes in the shape of Ansible's facts. `addresses` is what `ip -j -d addr` prints,
 * `way4` and `way6` what `ip -j route get` says of an address outside.
 */
export function interfaceFacts(addresses: string, way4: string, way6: string) {
  const links = (listOf(addresses) as Partial<Link>[]).filter((link): link is Link => link.ifname !== undefined);
  const [v4, v6] = ['inet', 'inet6'].map((family) =>
    links.flatMap((link) =>
      (link.addr_info ?? []).flatMap((one) =>
        one.family === family && one.local !== undefined ? [{ link, one }] : [],
      ),
    ),
  ) as [Held[], Held[]];
  return {
    interfaces: links.map(({ ifname }) => ifname),
    ...Object.fromEntries(links.map((link) => [factName(link.ifname), interfaceOf(link, links)])),
    all_ipv4_addresses: v4.map(({ one }) => one.local).filter((address) => !address!.startsWith('127.')),
    all_ipv6_addresses: v6.map(({ one }) => one.local).filter((address) => address !== '::1'),
    default_ipv4: defaultOf(way4, v4, ({ link, one }) => ({
      ...numbers(one),
      ...shared(link),
      alias: one.label ?? link.ifname,
    })),
    default_ipv6: defaultOf(way6, v6, ({ link, one }) => ({
      prefix: `${one.prefixlen}`,
      scope: one.scope,
      ...shared(link),
    })),
  };
}

const listOf = (line: string): readonly unknown[] => (line.trim() === '' ? [] : (JSON.parse(line) as unknown[]));

interface Held {
  readonly link: Link;
  readonly one: Address;
}

/** Under this name an interface is a fact itself: `ansible_veth_a`. */
const factName = (name: string): string => name.replaceAll(/[:-]/g, '_');

const TYPES: Readonly<Record<string, string>> = {
  ether: 'ether',
  infiniband: 'infiniband',
  ppp: 'ppp',
  loopback: 'loopback',
  none: 'tunnel',
};

const typeOf = ({ link_type: type = '', linkinfo }: Link): string =>
  linkinfo?.info_kind === 'bridge' ? 'bridge' : (TYPES[type] ?? 'unknown');

const hasMac = ({ address = '' }: Link): boolean => /^[0-9a-f:]+$/.test(address) && /[1-9a-f]/.test(address);

const shared = (link: Link) => ({
  ...(hasMac(link) ? { macaddress: link.address } : {}),
  mtu: link.mtu,
  type: typeOf(link),
});

function interfaceOf(link: Link, all: readonly Link[]) {
  const { ifname, operstate = '', promiscuity = 0, linkinfo, addr_info: addresses = [] } = link;
  const v4 = addresses.filter(({ family, local }) => family === 'inet' && local !== undefined);
  const v6 = addresses.filter(({ family, local }) => family === 'inet6' && local !== undefined);
  const [first, ...others] = v4.filter(({ secondary }) => secondary !== true);
  const more = [...others, ...v4.filter(({ secondary }) => secondary === true)];
  return {
    device: ifname,
    ...shared(link),
    active: operstate !== 'DOWN',
    promisc: promiscuity > 0,
    ...(linkinfo?.info_kind === 'bridge'
      ? {
          interfaces: all.filter(({ master }) => master === ifname).map(({ ifname: port }) => port),
          id: bridgeId(linkinfo.info_data?.bridge_id ?? ''),
          stp: linkinfo.info_data?.stp_state === 1,
        }
      : {}),
    ...(first ? { ipv4: { address: first.local, ...numbers(first) } } : {}),
    ...(more.length === 0 ? {} : { ipv4_secondaries: more.map((one) => ({ address: one.local, ...numbers(one) })) }),
    ...(v6.length === 0
      ? {}
      : { ipv6: v6.map(({ local, prefixlen, scope }) => ({ address: local, prefix: `${prefixlen}`, scope })) }),
  };
}

/** As /sys has it: `8000.5e162549a10c`, where `ip` says `8000.5e:16:25:49:a1:c`. */
const bridgeId = (id: string): string =>
  id.replace(/[0-9a-f]{1,2}(:[0-9a-f]{1,2})+/, (mac) =>
    mac.replaceAll(/[0-9a-f]+:?/g, (part) => part.replace(':', '').padStart(2, '0')),
  );

/** Of an IPv4 address; the prefix of a point-to-point one belongs to the other end. */
function numbers({ local = '', address, prefixlen = 32, broadcast = '' }: Address) {
  const prefix = address === undefined ? prefixlen : 32;
  const mask = prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0;
  const bits = local.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { broadcast, netmask: dotted(mask), network: dotted((bits & mask) >>> 0), prefix: `${prefix}` };
}

const dotted = (bits: number): string => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');

function defaultOf(answer: string, held: readonly Held[], more: (held: Held) => object): Record<string, unknown> {
  const [way] = listOf(answer) as readonly Way[];
  if (way?.dev === undefined) return {};
  const found = held.find(({ one }) => one.local === way.prefsrc);
  return {
    interface: way.dev,
    ...(way.prefsrc === undefined ? {} : { address: way.prefsrc }),
    ...(way.gateway === undefined ? {} : { gateway: way.gateway }),
    ...(found ? more(found) : {}),
  };
}
