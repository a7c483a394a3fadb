import { addressOf, familyOf, readAddress, readCidr } from '../../src/address.ts';
import { docker, engine } from './docker.ts';
import * as effects from '../../src/facts/effects.ts';
import type { Family, PolicyRule, Route, World } from '../../src/facts/world.ts';

/** Does to a world what a shell command does to a host; as many commands as the cases need. */
export function run(world: World, line: string): void {
  const words = line.match(/(?:'[^']*'|[^\s'])+/g)!.map((word) => word.replaceAll("'", ''));
  const [program, ...rest] = words;
  const command = PROGRAMS[program!];
  if (!command) throw new Error(`no such command: ${line}`);
  command(world, rest, line);
}

type Words = string[];

const PROGRAMS: Record<string, (world: World, words: Words, line: string) => void> = {
  ip(world, words, line) {
    const scope = words[0] === '-n' ? words.splice(0, 2)[1]! : '';
    const family = words[0] === '-6' ? (words.shift(), 6) : 4;
    const [object, verb, ...rest] = words;
    if (object === 'netns' && verb === 'exec') {
      run(world, rest.join(' ').replace(/^(\S+) sysctl -w /, 'sysctl --in $1 -w '));
      return;
    }
    const command = IP[`${object} ${verb}`];
    if (!command) throw new Error(`no such command: ${line}`);
    command(world, scope, rest, family);
  },

  /** `sysctl -w KEY=VALUE`, in a namespace through `ip netns exec`. */
  sysctl(world, words) {
    const scope = words[0] === '--in' ? words.splice(0, 2)[1]! : '';
    const [key = '', value = ''] = words.slice(1).join(' ').split('=');
    setSysctl(world, scope, key.includes('/') ? key : key.replaceAll('.', '/'), value);
  },

  /** `nft add table|chain|rule`, `nft delete table`, `nft flush chain`; a rule is one word that is its verdict. */
  nft(world, [verb, what, family = '', table = '', name = '', ...rest]) {
    const nft = (world.nft[''] ??= { tables: [], chains: [] });
    const inTable = (chain: { family: string; table: string }) => chain.family === family && chain.table === table;
    const chain = nft.chains.find((one) => inTable(one) && one.name === name);
    if (`${verb} ${what}` === 'add table') nft.tables.push({ family, name: table });
    if (`${verb} ${what}` === 'add chain') {
      const [, hook, , policy] = /hook (\w+) priority (-?\d+); policy (\w+)/.exec(rest.join(' '))!;
      nft.chains.push({ family, table, name, hook, priority: 0, policy, rules: [] });
    }
    if (`${verb} ${what}` === 'add rule') chain!.rules.push({ handle: 90, expr: ruleOf(rest) });
    if (`${verb} ${what}` === 'flush chain') chain!.rules = [];
    if (`${verb} ${what}` === 'delete table') {
      nft.tables = nft.tables.filter((one) => one.family !== family || one.name !== table);
      nft.chains = nft.chains.filter((one) => !inTable(one));
    }
  },

  dockerd: (world, flags) => {
    world.engines.docker ??= { ...engine(), flags, liveRestore: flags.includes('--live-restore') };
  },
  docker,

  iptables: (world, words) => {
    iptables(world, 4, words);
  },
  ip6tables: (world, words) => {
    iptables(world, 6, words);
  },

  /** `tc qdisc add dev LINK root handle H: KIND …` and `tc qdisc del dev LINK root`. */
  tc(world, [, verb, , dev = '', , , handle = '', kind = '']) {
    if (verb === 'add') world.qdiscs[` ${dev}`] = [{ kind, handle, options: {} }];
    else delete world.qdiscs[` ${dev}`];
  },

  /** `write PATH 'TEXT'`: the text is a file of one line. */
  write(world, [path = '', text = '']) {
    world.files[path] = { content: `${text}\n`, mode: '0644' };
  },
  /** Ledgers are files too. */
  rm(world, [path = '']) {
    delete world.files[path];
    delete world.ledgers[/^\/var\/lib\/netwright\/(.*)\.json$/.exec(path)?.[1] ?? ''];
  },
  /** `umount /run/netns/NAME` leaves what an interrupted `ip netns add` leaves. */
  umount(world, [path = '']) {
    const name = path.slice('/run/netns/'.length);
    effects.removeNamespace(world, name);
    world.namespaces[name] = 'file';
  },
  /** `listen tcp PORT`, on every address. */
  listen(world, [protocol = '', port = '']) {
    world.listeners.push({ protocol: protocol as 'tcp', port: Number(port) });
  },
  /** `kill NAMESPACE` ends its program, `kill NAMESPACE LINK` its DHCP client there. */
  kill(world, [scope = '', dev = '']) {
    if (dev === '') delete world.processes[scope];
    else delete world.leases[`${scope} ${dev}`];
  },
  /** `lease NAMESPACE LINK [ADDRESS]`: what has become of a DHCP client's lease. */
  lease(world, [scope = '', dev = '', address]) {
    const found = world.leases[`${scope} ${dev}`]!;
    world.leases[`${scope} ${dev}`] = { ...found, state: address === undefined ? 'asking' : 'bound', address };
    if (address !== undefined) effects.addAddress(world, scope, dev, address);
  },
};

const IP: Record<string, (world: World, scope: string, words: Words, family: Family) => void> = {
  'netns add'(world, _, [name = '']) {
    effects.addNamespace(world, name);
  },
  'netns del'(world, _, [name = '']) {
    const runs = world.processes[name] !== undefined;
    effects.removeNamespace(world, name);
    if (runs) world.processes[name] = 'astray';
  },
  'link add'(world, scope, words) {
    const [name = '', ...rest] = words.filter((word) => word !== 'name');
    const [first, second] = split(rest, 'peer');
    const { type, ...options } = optionsOf(first);
    const link = {
      kind: type === 'dummy' ? undefined : type,
      mac: '02:00:00:00:00:01',
      mtu: 1500,
      up: false,
      group: 0,
    };
    const made = effects.addLink(world, scope, { ...link, name });
    if (second) {
      const [peer = '', ...more] = second.filter((word) => word !== 'name');
      const { netns = scope } = optionsOf(more);
      effects.pair(world, [scope, made], [netns, effects.addLink(world, netns, { ...link, name: peer })]);
    }
    effects.changeLink(world, scope, name, changeOf(options));
  },
  'link set'(world, scope, words) {
    const [name = '', ...rest] = words.filter((word) => word !== 'dev');
    const { netns } = optionsOf(rest);
    if (netns !== undefined) {
      effects.moveLink(world, scope, name, netns === '1' ? '' : netns, name);
      return;
    }
    const change = changeOf(optionsOf(rest.filter((word) => !FLAGS.includes(word))));
    if (rest.includes('up') || rest.includes('down')) change.up = rest.includes('up');
    if (rest.includes('nomaster')) change.master = undefined;
    effects.changeLink(world, scope, name, change);
  },
  'link del'(world, scope, words) {
    effects.removeLink(world, scope, words.at(-1)!);
  },
  /** `ip rule add priority N WORDS…`, in the order in which the facts have them. */
  'rule add'(world, scope, words, family) {
    const [, priority, ...rest] = words;
    (world.rules[scope] ??= []).push({ family, priority: Number(priority), words: rest });
  },
  'rule del'(world, scope, words, family) {
    const isIt = (one: PolicyRule) => one.family === family && `${one.priority}` === words[1];
    world.rules[scope] = (world.rules[scope] ?? []).filter((one) => !isIt(one));
  },
  'neigh add'(world, _, [, address = '', , dev = '']) {
    world.proxies.push({ dev, address: readAddress(address)! });
  },
  'neigh del'(world, _, [, address = '', , dev = '']) {
    world.proxies = world.proxies.filter((one) => one.dev !== dev || one.address !== address);
  },
  'addr add'(world, scope, words) {
    effects.addAddress(world, scope, words.at(-1)!, readCidr(words[0]!)!);
  },
  'addr del'(world, scope, words) {
    effects.removeAddress(world, scope, words.at(-1)!, readCidr(words[0]!)!);
  },
  'route add'(world, scope, words, family) {
    effects.addRoute(world, scope, routeOf(words, family));
  },
  'route del'(world, scope, words, family) {
    const { to, metric, table, family: sort } = routeOf(words, family);
    const same = (one: Route) => one.to === to && one.metric === metric && one.table === table && one.family === sort;
    const found = world.nets[scope]!.routes.find(same);
    if (!found) throw new Error(`no route to ${to}`);
    effects.removeRoute(world, scope, found);
  },
};

const FLAGS = ['up', 'down', 'nomaster'];

const optionsOf = (words: Words): Record<string, string> =>
  Object.fromEntries(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : [])));

function changeOf({
  mtu,
  address,
  master,
  alias,
  group,
}: Record<string, string>): Parameters<typeof effects.changeLink>[3] {
  return {
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
    ...(address === undefined ? {} : { mac: address }),
    ...(master === undefined ? {} : { master }),
    ...(alias === undefined ? {} : { alias: alias === '' ? undefined : alias }),
    ...(group === undefined ? {} : { group: Number(group) }),
  };
}

function split(words: Words, at: string): [Words, Words | undefined] {
  const index = words.indexOf(at);
  return index < 0 ? [words, undefined] : [words.slice(0, index), words.slice(index + 1)];
}

const TYPES = ['blackhole', 'unreachable', 'prohibit'];

function routeOf(given: Words, asked: Family): Route {
  const words = given.filter((word) => word !== 'onlink');
  const type = TYPES.includes(words[0]!) ? words.shift()! : 'unicast';
  const [to = '', ...rest] = words;
  const { via, dev, metric, table = 'main', src, proto = 'boot' } = optionsOf(rest);
  const family = to === 'default' ? (via === undefined ? asked : familyOf(via)) : familyOf(to);
  return {
    family,
    to: to === 'default' ? to : readCidr(to.includes('/') ? to : `${to}/${family === 4 ? 32 : 128}`)!,
    via: via === undefined ? undefined : readAddress(via),
    dev,
    metric: metric === undefined ? (family === 4 ? 0 : 1024) : Number(metric),
    table,
    src: src === undefined ? undefined : addressOf(src),
    protocol: proto,
    type,
    onlink: given.includes('onlink'),
  };
}

function setSysctl(world: World, scope: string, key: string, value: string): void {
  const all = /^net\/ipv(4|6)\/(?:ip_forward|conf\/all\/forwarding)$/.exec(key);
  if (all) {
    effects.setForwarding(world, scope, Number(all[1]) as Family, value === '1');
    return;
  }
  const one = /^net\/ipv(4|6)\/conf\/(.+)\/forwarding$/.exec(key);
  if (one) world.nets[scope]!.forwarding[Number(one[1]) as Family][one[2]!] = value === '1';
  // The kernel separates fields by tabs.
  else world.sysctls[`${scope} ${key}`] = value.replaceAll(' ', '\t');
}

/** `drop`, `iifname nw0 accept`. */
const ruleOf = (words: Words): unknown[] => {
  const verdict = { [words.at(-1)!]: null };
  if (words.length === 1) return [verdict];
  return [{ match: { op: '==', left: { meta: { key: words[0] } }, right: words[1] } }, verdict];
};

/** As `iptables -S` lists it; a new policy takes the place of the old one. */
function iptables(world: World, family: Family, words: Words): void {
  const lines = (world.iptables[family] ??= ['-P INPUT ACCEPT', '-P FORWARD ACCEPT', '-P OUTPUT ACCEPT']);
  const line = words.join(' ');
  if (words[0] === '-P')
    lines.splice(
      lines.findIndex((one) => one.startsWith(`-P ${words[1]} `)),
      1,
      line,
    );
  else if (words[0] === '-F') world.iptables[family] = lines.filter((one) => !one.startsWith(`-A ${words[1]} `));
  else lines.push(line);
}
