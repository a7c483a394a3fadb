import { arePeers, type Net, type Route, type World } from '../../src/facts/world.ts';

/**
 * What the planner's idea of a host and the host itself are compared by. Left out, each for a reason:
 * - what the kernel adds for its own use: addresses that it derives from a MAC, and for them and multicast the routes
 *   to fe80::/64 and the table `local`; no object of ours is about them;
 * - a MAC that the kernel chose by chance, shown as `?` on both sides;
 * - the rules of iptables as nft shows them, and their order: ours are first, and all of one sort;
 * - indexes and handles, which the kernel numbers as it likes; the ends of a veth are named instead;
 * - forwarding in a namespace that nobody has looked at since it was made: it may inherit anything.
 */
export function viewOf(world: World, other: World): unknown {
  const nets = Object.keys(world.nets).map((scope) => [scope, netView(world, scope, other)]);
  const { files, processes } = world;
  // Where an engine keeps a container's namespace is its own affair.
  const namespaces = Object.fromEntries(
    Object.entries(world.namespaces).map(([name, sort]) => [name, sort.startsWith('-> ') ? '->' : sort]),
  );
  const iptables = [world.iptables[4], world.iptables[6]].map((lines) => lines?.toSorted());
  return {
    namespaces,
    files,
    processes,
    iptables,
    engines: engines(world, other),
    proxies: world.proxies.map(({ dev, address }) => `${dev} ${address}`).toSorted(),
    floods: floods(world, other),
    nets: Object.fromEntries(nets) as unknown,
    sysctls: sysctls(world, other),
    nft: nft(world, other),
    rules: rules(world, other),
    qdiscs: qdiscs(world, other),
    portVlans: portVlansOf(world, other),
  };
}

/** Names and states; ids and starts are the engine's own. */
const engines = ({ engines: found }: World, { engines: other }: World) =>
  Object.entries(found)
    .filter(([runtime]) => Object.hasOwn(other, runtime))
    .map(([runtime, { containers, networks }]) => ({
      runtime,
      containers: containers
        .map(({ name, status, labels, endpoints }) => ({ name, status, labels, endpoints: endpoints.length }))
        .toSorted(byName),
      networks: networks
        .map(({ name, labels, driver, subnets }) => ({ name, labels, driver, subnets }))
        .toSorted(byName),
    }));

function netView(world: World, scope: string, otherWorld: World) {
  const other: Net | undefined = otherWorld.nets[scope];
  const { links, routes, forwarding } = world.nets[scope]!;
  const known = (name: string): boolean => other?.links.find((link) => link.name === name)?.mac !== '';
  const view = links.map(({ name, mac, mtu, up, master, group, alias, kind, isolated, vxlan, addresses }) => {
    const [end, otherEnd] = [ends(world, scope, name), ends(otherWorld, scope, name)];
    const peer = end.length > 1 || otherEnd.length > 1 ? '?' : end[0];
    // Inside a namespace nobody asks for what only details show.
    const details = scope === '' ? { alias, kind, isolated: isolated ?? false, vxlan } : {};
    return {
      name,
      mac: mac === '' || !known(name) ? '?' : mac,
      mtu,
      up,
      master,
      group,
      ...details,
      peer,
      addresses: addressView(addresses),
    };
  });
  const unseen = [forwarding, other?.forwarding].some((one) => one?.[4].all === undefined);
  return {
    links: view.toSorted(byName),
    routes: routes.filter(counts).map(routeText).toSorted(),
    forwarding: unseen ? 'unseen' : forwarding,
  };
}

/** Of the links that are there on both sides. */
const floods = (world: World, other: World) =>
  Object.fromEntries(Object.entries(world.floods).filter(([dev]) => Object.hasOwn(other.floods, dev)));

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

const counts = ({ table, to, protocol }: Route): boolean =>
  protocol !== 'kernel' || (table === 'main' && to !== 'fe80::/64');

const addressView = (addresses: World['nets'][string]['links'][number]['addresses']): string[] =>
  addresses
    .flatMap(({ cidr, secondary, automatic }) => (automatic ? [] : [secondary ? `${cidr} secondary` : cidr]))
    .toSorted();

const routeText = ({ family, to, via, dev, metric, table, src, protocol, type, onlink }: Route): string =>
  [
    ...[`IPv${family}`, type, to, via && `via ${via}`, dev && `dev ${dev}`, `metric ${metric}`, `table ${table}`],
    ...[src && `src ${src}`, `proto ${protocol}`, onlink && 'onlink'],
  ]
    .filter(Boolean)
    .join(' ');

/** The links that may be the other end of a veth: indexes are a namespace's own, so several may fit. */
const ends = (world: World, scope: string, name: string): string[] => {
  const link = world.nets[scope]?.links.find((one) => one.name === name);
  return Object.entries(world.nets).flatMap(([where, { links }]) =>
    links
      .filter((end) => link !== undefined && arePeers([scope, link], [where, end]))
      .map((end) => `${where}/${end.name}`),
  );
};

/** What both looked at, and what there cannot be; a value's fields are separated by a tab or by a space. */
const sysctls = (world: World, other: World) =>
  Object.fromEntries(
    Object.entries(world.sysctls)
      .filter(([key]) => Object.hasOwn(other.sysctls, key) || isOfNoLink(world, key))
      .map(([key, value]) => [key, value.split(/\s+/).join(' ')]),
  );

const isOfNoLink = ({ nets }: World, key: string): boolean => {
  const [, scope = '', name] = /^(\S*) net\/ipv[46]\/(?:conf|neigh)\/(.+)\/\w+$/.exec(key) ?? [];
  if (name === undefined || name === 'all' || name === 'default') return false;
  return nets[scope]?.links.some((link) => link.name === name) === false;
};

/** Of the namespaces in which both looked. */
const nft = (world: World, other: World) =>
  Object.entries(world.nft)
    .filter(([scope]) => Object.hasOwn(other.nft, scope))
    .map(([scope, { tables, chains }]) => ({
      scope,
      tables: tables.filter(({ name }) => name !== 'filter').toSorted((a, b) => (a.family < b.family ? -1 : 1)),
      chains: chains
        .filter(({ table }) => table !== 'filter')
        .map(({ rules: list, ...chain }) => ({ ...chain, rules: list.map(({ comment, expr }) => ({ comment, expr })) }))
        .toSorted((a, b) => (`${a.family} ${a.name}` < `${b.family} ${b.name}` ? -1 : 1)),
    }))
    .toSorted((a, b) => (a.scope < b.scope ? -1 : 1));

const rules = (world: World, other: World) =>
  Object.entries(world.rules)
    .filter(([scope]) => Object.hasOwn(other.rules, scope))
    .flatMap(([scope, list]) =>
      list.map(({ family, priority, words }) => `${scope} ${family} ${priority} ${words.join(' ')}`),
    )
    // The kernel's own three.
    .filter((text) => !/ (0|32766|32767) table \w+$/.test(text))
    .toSorted();

/** Ours, by their place: what the kernel gives by itself is no matter, nor exact figures, which it rounds. */
const qdiscs = (world: World, other: World) =>
  Object.entries(world.qdiscs)
    .flatMap(([key, list]) => list.map(({ kind, handle, parent = 'root' }) => `${key} ${kind} ${handle} ${parent}`))
    .filter((text) => !text.endsWith(' 0: root') && Object.keys(other.qdiscs).length > 0)
    .toSorted();

/** Of ports that have other VLANs than every new port has; bridges that keep none apart have no say. */
const portVlansOf = (world: World, other: World) =>
  Object.entries(world.portVlans)
    .filter(([port]) => Object.hasOwn(other.portVlans, port))
    .map(([port, list]) => `${port} ${list.map(({ vid, pvid }) => `${vid}${pvid ? ' pvid' : ''}`).join(', ')}`)
    .filter((text) => !/^\S+ 1 pvid$/.test(text))
    .toSorted();
