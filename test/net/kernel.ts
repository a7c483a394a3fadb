import { until, type Result, type RigHost } from './rig.ts';

export interface Link {
  readonly ifname: string;
  readonly ifindex: number;
  readonly mtu: number;
  readonly address: string;
  readonly flags: readonly string[];
  readonly group: string;
  readonly master?: string;
  readonly ifalias?: string;
  readonly linkinfo?: { readonly info_kind: string; readonly info_slave_data?: { readonly isolated?: boolean } };
}

interface Carrier {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
    readonly tentative?: boolean;
  }[];
}

interface Route {
  readonly type?: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly protocol?: string;
  readonly prefsrc?: string;
  readonly table?: string;
}

export interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly comment?: string;
  readonly expr: readonly unknown[];
}

/** One network namespace of a host as the kernel shows it; shares nothing with the tool under test. */
export class Kernel {
  readonly #host: RigHost;
  readonly #namespace: string | undefined;

  /** Without a namespace: the host's own. */
  constructor(host: RigHost, namespace?: string) {
    this.#host = host;
    this.#namespace = namespace;
  }

  in(namespace: string): Kernel {
    return new Kernel(this.#host, namespace);
  }

  run(argv: readonly string[], input?: string): Promise<Result> {
    return this.#host.exec([...this.#enter, ...argv], { input });
  }

  get #enter(): string[] {
    return this.#namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${this.#namespace}`, '--'];
  }

  async #json<T>(argv: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
    return JSON.parse(stdout.trim() === '' ? '[]' : stdout) as T;
  }

  async links(): Promise<Map<string, Link>> {
    const links = await this.#json<Link[]>(['ip', '-j', '-d', 'link']);
    return new Map(links.map((link) => [link.ifname, link]));
  }

  async link(name: string): Promise<Link> {
    const found = (await this.links()).get(name);
    if (!found) throw new Error(`there is no link ${name} in ${this.#namespace ?? 'the host'}`);
    return found;
  }

  /** Those of one link, as `172.30.5.1/16`, without what the kernel derives from the MAC; in its order. */
  async addresses(name: string): Promise<string[]> {
    const { address } = await this.link(name);
    const carriers = await this.#json<Carrier[]>(['ip', '-j', 'addr', 'show', 'dev', name]);
    return carriers
      .flatMap(({ addr_info }) => addr_info)
      .filter(({ local }) => local !== linkLocal(address))
      .map(({ local, prefixlen, tentative }) => `${local}/${prefixlen}${tentative === true ? ' tentative' : ''}`);
  }

  /** `default via 172.30.0.1 dev eth0` and so on, without those that the kernel makes by itself. */
  async routes(family: 4 | 6, table = 'main'): Promise<string[]> {
    const routes = await this.#json<Route[]>(['ip', '-j', '-d', `-${family}`, 'route', 'show', 'table', table]);
    return routes
      .filter(({ protocol }) => protocol !== 'kernel')
      .map(({ type, dst, gateway, dev, metric, prefsrc }) =>
        [
          type !== undefined && type !== 'unicast' && type,
          dst,
          gateway !== undefined && `via ${gateway}`,
          dev !== undefined && `dev ${dev}`,
          metric !== undefined && metric !== 1024 && `metric ${metric}`,
          prefsrc !== undefined && `src ${prefsrc}`,
        ]
          .filter((part) => part !== false)
          .join(' '),
      )
      .sort();
  }

  /** The ports of a bridge. */
  async ports(bridge: string): Promise<string[]> {
    const ports = await this.#json<{ ifname: string; master?: string }[]>(['bridge', '-j', 'link']);
    return ports.flatMap(({ ifname, master }) => (master === bridge ? [ifname] : [])).sort();
  }

  /** A kernel parameter by its path, since a link's name may have dots: `net/ipv4/ip_forward`. */
  async parameter(path: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(['cat', `/proc/sys/${path}`]);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim().replaceAll('\t', ' ');
  }

  async nftRules(): Promise<NftRule[]> {
    const { nftables } = await this.#json<{ nftables: { rule?: NftRule }[] }>(['nft', '-j', 'list', 'ruleset']);
    return nftables.flatMap(({ rule }) => (rule ? [rule] : []));
  }

  /** Whether a ping is answered, or on a busy machine the one after it. */
  async pings(address: string): Promise<boolean> {
    for (const seconds of ['1', '4']) {
      if ((await this.run(['ping', '-n', '-q', '-c', '1', '-W', seconds, address])).code === 0) return true;
    }
    return false;
  }

  /** Whether a TCP port is answered. */
  async opens(address: string, port: number | string): Promise<boolean> {
    return (await this.run(['timeout', '5', 'bash', '-c', `: </dev/tcp/${address}/${port}`])).code === 0;
  }

  /** The links that have a global IPv6 address, and some address that still is checked for duplicates. */
  async tentative(): Promise<string[]> {
    const carriers = await this.#json<Carrier[]>(['ip', '-j', '-6', 'addr']);
    const has = carriers.filter(({ addr_info }) => addr_info.some(({ scope }) => scope === 'global'));
    return has.filter(({ addr_info }) => addr_info.some((one) => one.tentative === true)).map(({ ifname }) => ifname);
  }

  /** Until no address is being checked for duplicates any more, which takes the kernel about two seconds. */
  async settled(): Promise<void> {
    const looks = 'for n in "" $(ls /run/netns); do ip ${n:+-n $n} addr; done';
    const quiet = async (): Promise<boolean> => !(await this.#host.sh(looks)).includes('tentative');
    await until(quiet, 60_000, 'no tentative address');
  }

  /** Everything about links, addresses and routes that happens meanwhile; neighbours come and go by themselves. */
  async during(act: () => Promise<unknown>): Promise<string> {
    await this.settled();
    const line = 'echo $$ >&2; exec ip -o monitor link address route';
    const monitor = this.#host.spawn([...this.#enter, 'sh', '-c', line]);
    let seen = '';
    let pid = '';
    monitor.stderr!.on('data', (chunk: Buffer) => (pid += chunk.toString()));
    monitor.stdout!.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const heard = (name: string) => async (): Promise<boolean> => {
      await this.run(['sh', '-c', `ip link add name ${name} type bridge; ip link del ${name}`]);
      return seen.includes(name);
    };
    await until(heard('before0'), 5000, 'the monitor listens');
    await act();
    await until(heard('after0'), 5000, 'the monitor has told everything');
    // Its first line; after that it may say that a dump was interrupted.
    await this.#host.sh(`kill ${pid.split('\n', 1)[0]}`);
    return seen
      .split('\n')
      .filter((line) => line !== '' && !/\b(before|after)0\b/.test(line))
      .join('\n');
  }
}

/** RFC 4291, appendix A. */
function linkLocal(mac: string): string {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const eui = [bytes[0]! ^ 2, bytes[1]!, bytes[2]!, 0xff, 0xfe, bytes[3]!, bytes[4]!, bytes[5]!];
  const words = [0, 2, 4, 6].map((index) => ((eui[index]! << 8) | eui[index + 1]!).toString(16));
  return new URL(`http://[fe80::${words.join(':')}]`).hostname.slice(1, -1);
}
