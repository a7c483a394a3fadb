import { emptyNet, type World } from '../../src/facts/world.ts';
import type { NftRule } from '../../src/facts/nft.ts';
import { readKey, type Read } from '../../src/gather.ts';
import type { Change } from '../../src/object.ts';
import type { Ledger } from '../../src/facts/ledger.ts';
import { rebootEngines, settleEngines } from './docker.ts';
import { Exclusive } from './exclusive.ts';
import { run } from './shell.ts';

/** A host that exists only as facts: commands and changes have the effects that the planner thinks they have. */
export class Host {
  world: World;
  readonly #exclusive: Exclusive;

  constructor(world: World = bare(), exclusive = new Exclusive()) {
    this.world = structuredClone(world);
    this.#exclusive = exclusive;
  }

  copy(): Host {
    return new Host(this.world, this.#exclusive.copy());
  }

  sh(lines: readonly string[]): void {
    for (const line of lines) {
      run(this.world, line);
      this.#settle();
    }
  }

  make(changes: readonly Change[]): void {
    for (const change of changes) {
      this.#exclusive.note(change, this.world);
      change.effect(this.world);
      this.#exclusive.check(this.world);
    }
    this.#settle();
  }

  /** What no effect tells, because only the kernel knows it: a new namespace's own settings, and the numbers of rules. */
  #settle(): void {
    for (const { links, forwarding } of Object.values(this.world.nets)) {
      for (const link of links) {
        if (link.name === 'lo') link.mac = '00:00:00:00:00:00';
        delete link.fresh;
      }
      for (const family of [4, 6] as const) {
        for (const name of ['all', 'default', ...links.map((link) => link.name)]) forwarding[family][name] ??= false;
      }
    }
    for (const { chains } of Object.values(this.world.nft)) number(chains.flatMap((chain) => chain.rules));
    settleEngines(this.world);
  }

  remember(ledger: Ledger): void {
    this.world.ledgers[ledger.lab] = ledger;
    const isEmpty = Object.keys(ledger.entries).length === 0 && Object.keys(ledger.held).length === 0;
    if (isEmpty) delete this.world.ledgers[ledger.lab];
  }

  /** Everything of the kernel is gone; files are not, and so neither are ledgers. */
  reboot(): void {
    const { files, ledgers, boot, engines } = this.world;
    this.world = { ...bare(), files, ledgers, boot: `${boot} again`, engines: rebootEngines(engines) };
  }

  /** Sees no more than what a host is asked for. */
  look(reads: readonly Read[]): World {
    const asked = new Set(reads.map(readKey));
    const has = (read: Read): boolean => asked.has(readKey(read));
    const {
      nets,
      engineHosts,
      sysctls,
      files,
      processes,
      leases,
      nft,
      iptables,
      engines,
      rules,
      qdiscs,
      portVlans,
      ...others
    } = structuredClone(this.world);
    const { proxies, listeners, floods, ...rest } = others;
    const isAsked = (key: string): boolean => {
      const at = key.indexOf(' ');
      const [scope, name] = [key.slice(0, at), key.slice(at + 1)];
      return has({ fact: 'sysctl', scope, key: name }) || (name.endsWith('/accept_ra') && has({ fact: 'accept_ra' }));
    };
    const named = reads.flatMap((read) => (read.fact === 'container' ? [read.name] : []));
    return {
      ...rest,
      engines: Object.fromEntries(
        Object.entries(engines)
          .filter(([runtime]) => reads.some((read) => 'runtime' in read && read.runtime === runtime))
          .map(([runtime, { containers, ...engine }]) => [
            runtime,
            {
              ...engine,
              containers: containers.filter((one) => named.some((name) => isNamed(one, name))),
              running: containers
                .filter(({ status }) => status === 'running')
                .map(({ name, labels }) => ({ name, lab: labels['netwright.lab'] ?? '' })),
            },
          ]),
      ),
      nets: only(nets, (scope) => scope === '' || has({ fact: 'net', scope }) || has({ fact: 'details', scope })),
      sysctls: { ...parametersOfNew(reads), ...only(sysctls, isAsked) },
      files: only(files, (path) => has({ fact: 'file', path })),
      processes: only(processes, (scope) => has({ fact: 'process', scope })),
      engineHosts: only(engineHosts, (scope) =>
        reads.some((read) => read.fact === 'engine_hosts' && read.scope === scope),
      ),
      leases: only(leases, (key) => reads.some((read) => read.fact === 'lease' && `${read.scope} ${read.dev}` === key)),
      nft: only(nft, (scope) => has({ fact: 'nft', scope })),
      proxies: has({ fact: 'proxies' }) ? proxies : [],
      listeners: has({ fact: 'listeners' }) ? listeners : [],
      floods: only(floods, (dev) => has({ fact: 'flood', dev })),
      iptables: has({ fact: 'iptables' }) ? iptables : {},
      rules: only(rules, (scope) => has({ fact: 'rules', scope })),
      qdiscs: only(qdiscs, (key) => reads.some((read) => read.fact === 'qdisc' && `${read.scope} ${read.dev}` === key)),
      portVlans: has({ fact: 'port_vlans' }) ? portVlans : {},
    };
  }
}

/** What a kernel parameter is in a new network namespace, whatever it is outside; an engine may set another. */
const NEW: Readonly<Record<string, string>> = { 'net/ipv4/tcp_ecn': '2' };

function parametersOfNew(reads: readonly Read[]): Record<string, string> {
  const engines = new Set(reads.flatMap((read) => (read.fact === 'container' ? [read.scope] : [])));
  return Object.fromEntries(
    reads.flatMap((read) => {
      if (read.fact !== 'sysctl' || read.scope === '' || engines.has(read.scope)) return [];
      const value = NEW[read.key];
      return value === undefined ? [] : [[`${read.scope} ${read.key}`, value]];
    }),
  );
}

function number(rules: readonly NftRule[]): void {
  const used = Math.max(0, ...rules.map(({ handle }) => handle));
  rules.filter(({ handle }) => handle < 0).forEach((rule, index) => Object.assign(rule, { handle: used + index + 1 }));
}

const isNamed = ({ name, id }: { name: string; id: string }, reference: string): boolean =>
  name === reference || (reference.length >= 12 && id.startsWith(reference));

const only = <T>(all: Readonly<Record<string, T>>, keep: (key: string) => boolean): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keep(key)));

/** A host as it starts: nothing but the loopback interface. */
function bare(): World {
  const net = emptyNet();
  const addresses = ['127.0.0.1/8', '::1/128'].map((cidr) => ({
    cidr,
    secondary: false,
    automatic: true,
    failed: false,
  }));
  net.links.push({ name: 'lo', index: 1, mac: '00:00:00:00:00:00', mtu: 65536, up: true, group: 0, addresses });
  for (const family of [4, 6] as const) net.forwarding[family] = { all: false, default: false, lo: false };
  return {
    boot: 'first boot',
    nets: { '': net },
    namespaces: {},
    engines: {},
    engineHosts: {},
    sysctls: { ' net/ipv4/conf/all/accept_redirects': '1' },
    nft: { '': { tables: [], chains: [] } },
    iptables: {},
    netnsFiles: [],
    proxies: [],
    listeners: [],
    floods: {},
    files: {},
    ledgers: {},
    processes: {},
    leases: {},
    missing: [],
    capabilities: {},
    rules: { '': [] },
    qdiscs: {},
    portVlans: {},
  };
}
