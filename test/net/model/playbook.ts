import { LAB, type Container, type HostState, type State } from './state.ts';

// The playbook and the inventory for a state. JSON is YAML, too.

export const underlay = (host: string): string => `10.70.0.${host.slice(1)}`;

export const inventoryOf = (hosts: readonly string[]): string =>
  JSON.stringify({
    all: {
      hosts: Object.fromEntries(hosts.map((name) => [name, { ansible_host: underlay(name) }])),
      children: { wide: { hosts: Object.fromEntries(hosts.map((name) => [name, {}])) } },
    },
  });

/** A play for each host, so that each has its own; one without tasks takes everything away. */
export const playbookOf = (state: State): string =>
  JSON.stringify(
    Object.entries(state.hosts).map(([name, one]) => ({
      hosts: name,
      lab: LAB,
      tasks: tasksOf(name, one, state.overlay),
    })),
  );

function tasksOf(host: string, state: HostState, overlay: State['overlay']): unknown[] {
  const { bridges, containers } = state;
  return [
    ...Object.entries(bridges).map(([name, { net, host: byte, mtu, masq, v6, icc }]) => ({
      bridge: {
        ...{ name, address: `10.${net}.0.${byte}/24`, mtu, ip_masq: masq, icc },
        fixed_cidr_v6: v6 ? `2001:db8:${net}::/64` : undefined,
      },
    })),
    ...Object.entries(containers).map(([name, one]) => ({ container: containerOf(name, one, state) })),
    ...(overlay ? [{ vxlan: overlayOf(host, overlay) }] : []),
    ...extrasOf(state).filter((task) => task !== undefined),
  ];
}

const containerOf = (
  name: string,
  { on, fixed, forward, program, dns, publish }: Container,
  { bridges }: HostState,
) => ({
  name,
  networks: on.map((bridge, index) => ({
    bridge,
    address: fixed === undefined || index > 0 ? undefined : `10.${bridges[bridge]!.net}.0.${fixed}/24`,
  })),
  ip_forward: forward,
  command: program === undefined ? undefined : ['sleep', String(program)],
  dns: dns === undefined ? undefined : `10.53.0.${dns}`,
  publish: publish === undefined ? undefined : [`${publish}:80`],
});

const overlayOf = (host: string, { name, id, bridge }: NonNullable<State['overlay']>) => ({
  ...{ name, id, span: 'wide', bridge },
  address: bridge === undefined ? `10.44.0.${host.slice(1)}/24` : undefined,
});

function extrasOf(state: HostState): unknown[] {
  const { link, macvlan, blackhole, via, beyond, rule, rpFilter, ecn, firewall, rate, adopt } = state;
  return [
    adopt && { bridge: { name: 'old0', address: `10.88.0.${adopt.byte}/24`, mtu: adopt.mtu }, adopt: true },
    link && {
      link: {
        endpoints: link.ends.map((end, index) => ({
          container: end === 'host' ? undefined : end,
          interface: end === 'host' ? link.name : 'p0',
          address: `192.168.9.${link.bytes[index]!}/24`,
        })),
      },
    },
    macvlan && {
      macvlan: {
        ...{
          name: macvlan.name,
          container: macvlan.container,
          parent: macvlan.container === undefined ? 'nw0' : 'eth0',
        },
        address: `10.66.0.${macvlan.byte}/24`,
      },
    },
    blackhole && { route: { to: `10.9${blackhole}.0.0/16`, type: 'blackhole' } },
    via && {
      route: { to: '10.30.0.0/16', via: `10.${state.bridges[via.bridge]!.net}.0.${via.byte}`, table: via.table },
    },
    beyond && { route: { to: '10.31.0.0/16', via: otherEnd(state, beyond.container), container: beyond.container } },
    rule && {
      rule: { from: `10.${rule.from}.0.0/16`, table: rule.table, priority: 900, container: rule.container },
    },
    rpFilter && { sysctl: { name: 'net.ipv4.conf.all.rp_filter', value: rpFilter } },
    ecn && { sysctl: { name: 'net.ipv4.tcp_ecn', ...ecn } },
    firewall && {
      firewall: {
        container: firewall.container,
        input: [{ protocol: 'tcp', port: firewall.port, action: 'drop' }],
        masquerade: firewall.masquerade === true ? 'p0' : undefined,
      },
    },
    rate && { impair: { interface: 'eth0', container: rate.container, rate: `${rate.value}mbit` } },
  ];
}

export function otherEnd({ link }: HostState, container: string): string {
  const at = link!.ends.indexOf(container);
  return `192.168.9.${link!.bytes[1 - at]!}`;
}
