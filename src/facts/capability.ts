/** What a kernel may have been built without. */
interface Feature {
  /** The kernel's option, for messages. */
  readonly option: string;
  /** What the kernel asks modprobe for by itself, so that its being there is enough. */
  readonly module?: string;
  /** Shell that succeeds if the kernel has it; in a network namespace with a veth `p0`, which is thrown away. */
  readonly probe: string;
}

const link = (option: string, type: string, module = `rtnl-link-${type.split(' ', 1)[0]}`): Feature => ({
  option,
  module,
  probe: `ip link add link p0 name p2 type ${type}`,
});

const FEATURES = {
  vlan: link('CONFIG_VLAN_8021Q', 'vlan id 2'),
  macvlan: link('CONFIG_MACVLAN', 'macvlan'),
  ipvlan: link('CONFIG_IPVLAN', 'ipvlan'),
  dummy: { ...link('CONFIG_DUMMY', 'dummy'), probe: 'ip link add name p2 type dummy' },
  // A part of the bridge module, which every bridge loads.
  vlan_filtering: { option: 'CONFIG_BRIDGE_VLAN_FILTERING', probe: 'ip link add name p2 type bridge vlan_filtering 1' },
  bridge_conntrack: {
    option: 'CONFIG_NF_CONNTRACK_BRIDGE',
    module: 'nf_conntrack_bridge',
    probe:
      'nft "add table bridge t; add chain bridge t f { type filter hook forward priority 0; }; add rule bridge t f ct state new"',
  },
  policy_routing: { option: 'CONFIG_IP_MULTIPLE_TABLES', probe: 'ip rule add priority 9 table 9' },
  policy_routing_ipv6: { option: 'CONFIG_IPV6_MULTIPLE_TABLES', probe: 'ip -6 rule add priority 9 table 9' },
  tbf: {
    option: 'CONFIG_NET_SCH_TBF',
    module: 'sch_tbf',
    probe: 'tc qdisc add dev p0 root tbf rate 1mbit burst 8kb latency 9ms',
  },
  netem: { option: 'CONFIG_NET_SCH_NETEM', module: 'sch_netem', probe: 'tc qdisc add dev p0 root netem delay 1ms' },
} as const satisfies Record<string, Feature>;

export type Capability = keyof typeof FEATURES;

export const CAPABILITIES = Object.keys(FEATURES) as readonly Capability[];

/** The kernel's option that brings a capability. */
export const optionOf = (name: Capability): string => FEATURES[name].option;

/**
 * Asks the kernel, without leaving anything behind: first whether it could load the module (a dry run loads none), and
 * only where it could not, by making one in a namespace that goes at once.
 */
export function capabilityScript(names: readonly Capability[]): string[] {
  if (names.length === 0) return [];
  const tries = names.map((name) => {
    const feature: Feature = FEATURES[name];
    const known = feature.module === undefined ? 'false' : `modprobe -n -q ${feature.module}`;
    const attempt = `ip link add name p0 type veth peer name p1 && ${feature.probe}`;
    return `mark 'capability ${name}'; if { ${known} || unshare --net sh -c '${attempt}'; } >/dev/null 2>&1; then echo yes; else echo no; fi`;
  });
  return tries;
}
