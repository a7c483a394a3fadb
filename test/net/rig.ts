import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Target } from '../../src/connect.ts';
import { RigHost } from './rig/host.ts';
import { prepareScript, type HostOptions } from './rig/prepare.ts';
import { must, run, start, until, type Result, type RunOptions } from './rig/process.ts';
import { inventoryText, knownHostsText, sshConfigText, type Files } from './rig/ssh.ts';

export type { Docker } from './rig/docker.ts';
export { RigHost } from './rig/host.ts';
export type { HostOptions, RigUser, Shell, SshMode } from './rig/prepare.ts';
export { until, type Result, type RunOptions } from './rig/process.ts';

export interface RigOptions {
  /** By host name (`h1` …); `*` is for all of them, and what a name says wins. */
  readonly hosts?: Readonly<Record<string, HostOptions>>;
  /** A second network between the hosts: eth1, 10.61.0.N/24 and fd61::N/64. */
  readonly secondNetwork?: boolean;
}

const SCRIPTS = join(import.meta.dirname, 'rig');

/** Real hosts h1 … hN on a network of their own, each with its own kernel namespaces, disk and ssh server. Root only. */
export async function startRig(count: number, options: RigOptions = {}): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'netwright-rig-'));
  const rig = new Rig(directory, count, options);
  try {
    await rig.up();
  } catch (error) {
    await rig.stop();
    throw error;
  }
  return rig;
}

export class Rig {
  /** Everything the rig has on disk; gone with it. */
  readonly directory: string;
  readonly hosts: readonly RigHost[];
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** The private key that root and every user of every host accepts. */
  readonly identity: string;
  readonly #options: RigOptions;
  readonly #pids = new Map<string, number>();
  readonly #dropped = new Set<string>();
  #controller: ChildProcess | undefined;

  constructor(directory: string, count: number, options: RigOptions) {
    this.directory = directory;
    this.sshConfig = join(directory, 'ssh_config');
    this.knownHosts = join(directory, 'known_hosts');
    this.identity = join(directory, 'id');
    this.#options = options;
    const around = {
      directory,
      pidOf: (name: string) => this.#pids.get(name),
      drop: (name: string, dropped: boolean) => this.#drop(name, dropped),
    };
    this.hosts = Array.from({ length: count }, (_, index) => new RigHost(index + 1, around));
  }

  get #files(): Files {
    return { identity: this.identity, knownHosts: this.knownHosts };
  }

  /** The network namespace that the controller's programs run in. */
  get namespace(): string {
    return `/proc/${this.#pids.get('controller')}/ns/net`;
  }

  host(name: string): RigHost {
    const found = this.hosts.find((host) => host.name === name);
    if (!found) throw new Error(`there is no host ${name}`);
    return found;
  }

  async up(): Promise<void> {
    const { directory } = this;
    for (const name of ['disks', 'bin', 'home']) mkdirSync(join(directory, name));
    const keys = [this.identity, join(directory, 'host_key')];
    await Promise.all(
      keys.map((file) => must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'rig', '-f', file])),
    );
    const hostKey = readFileSync(join(directory, 'host_key.pub'), 'utf8').trim();
    writeFileSync(this.knownHosts, knownHostsText(this.hosts, hostKey));
    writeFileSync(this.sshConfig, sshConfigText(this.hosts, this.#files));
    if (this.#options.secondNetwork) writeFileSync(join(directory, 'second'), '');
    for (const { name } of this.hosts) this.#prepare(name);
    await this.#start();
    const shim = `#!/bin/sh\nexec nsenter --net=${this.namespace} -- /usr/bin/ssh "$@"\n`;
    writeFileSync(join(directory, 'bin', 'ssh'), shim, { mode: 0o755 });
    for (const { name } of this.hosts) if (this.#optionsOf(name).ssh === 'dropped') await this.#drop(name, true);
  }

  #optionsOf(name: string): HostOptions {
    return { ...this.#options.hosts?.['*'], ...this.#options.hosts?.[name] };
  }

  #prepare(name: string): void {
    const options = this.#optionsOf(name);
    const own = join(this.directory, name);
    mkdirSync(own);
    if (options.docker) mkdirSync(join(own, 'docker'));
    writeFileSync(join(own, 'ssh'), options.ssh === 'dropped' ? 'up' : (options.ssh ?? 'up'));
    writeFileSync(join(own, 'prepare.sh'), prepareScript(options));
  }

  async #start(): Promise<void> {
    const argv = [join(SCRIPTS, 'around.sh'), this.directory, String(this.hosts.length)];
    const child = spawn('bash', argv, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#controller = child;
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [name, pid] = line.split(' ');
      this.#pids.set(name!, Number(pid));
    });
    const allUp = (): boolean => {
      if (child.exitCode !== null) throw new Error(`the rig ended: ${errors}`);
      return this.#pids.size === this.hosts.length + 1;
    };
    const missing = (): string => this.hosts.map(({ name }) => (this.#pids.has(name) ? '' : this.#log(name))).join('');
    await until(allUp, 30_000 + 1000 * this.hosts.length, 'the hosts of the rig up').catch((error: unknown) => {
      throw new Error(`${String(error)}\n${errors}\n${missing()}`);
    });
  }

  #log(name: string): string {
    return `${name}: ${readFileSync(join(this.directory, name, 'log'), 'utf8')}`;
  }

  async #drop(name: string, dropped: boolean): Promise<void> {
    if (dropped === this.#dropped.has(name)) return;
    if (dropped) this.#dropped.add(name);
    else this.#dropped.delete(name);
    const rules = [...this.#dropped]
      .map((one) => this.host(one))
      .flatMap(({ address, address6 }) => [
        `add rule inet rig out ip daddr ${address} tcp dport 22 drop`,
        `add rule inet rig out ip6 daddr ${address6} tcp dport 22 drop`,
      ]);
    const table = ['add table inet rig', 'delete table inet rig', 'add table inet rig'];
    const chain = 'add chain inet rig out { type filter hook output priority 0; }';
    const { code, stderr } = await this.exec(['nft', '-f', '-'], { input: [...table, chain, ...rules, ''].join('\n') });
    if (code !== 0) throw new Error(stderr);
  }

  #controlled({ env, ...options }: RunOptions): RunOptions {
    return { ...options, env: { HOME: join(this.directory, 'home'), ...env } };
  }

  #enter(argv: readonly string[]): string[] {
    return ['nsenter', `--net=${this.namespace}`, '--', ...argv];
  }

  /** Runs a program on the controller's side of the network: the only place from which ssh reaches the hosts. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
    return run(this.#enter(argv), this.#controlled(options));
  }

  /** The same, to be talked to or killed on the way; its pid is the program's own. */
  spawn(argv: readonly string[], options: RunOptions = {}): ChildProcess {
    return start(this.#enter(argv), this.#controlled(options));
  }

  /** Lets this very process reach the hosts: `ssh` in PATH then starts inside. Answers how to undo it. */
  enter(): () => void {
    const before = process.env.PATH;
    process.env.PATH = `${join(this.directory, 'bin')}:${before}`;
    return () => {
      process.env.PATH = before;
    };
  }

  /** A host as `connect` wants it; give `sshConfig` to `openSession` as well. */
  target(name: string, changes: Partial<Target> = {}): Target {
    const { address } = this.host(name);
    return { name, type: 'ssh', address, sshArgs: [], become: { enabled: false, user: 'root' }, ...changes };
  }

  /** Writes an Ansible inventory of all the hosts, in the rig's directory unless told otherwise; answers its path. */
  inventory(path = join(this.directory, 'inventory.yml')): string {
    writeFileSync(path, inventoryText(this.hosts, this.#files));
    return path;
  }

  /** Ends the hosts and everything on them, and leaves nothing. */
  async stop(): Promise<void> {
    const controller = this.#controller;
    if (controller?.exitCode === null) {
      const ended = new Promise((resolve) => controller.once('close', resolve));
      controller.stdin!.end();
      const pid = this.#pids.get('controller');
      const force = setTimeout(() => pid !== undefined && process.kill(pid, 'SIGKILL'), 5000);
      await ended;
      clearTimeout(force);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
