import { readFileSync, writeFileSync } from 'node:fs';
import { startDocker, type Docker } from './docker.ts';
import { run, start, until, type Result, type RunOptions } from './process.ts';
import type { SshMode } from './prepare.ts';
import { canonical, SNAPSHOT } from './snapshot.ts';
import type { ChildProcess } from 'node:child_process';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a host has to know of its rig. */
export interface Surroundings {
  readonly directory: string;
  /** The pid of a host's process 1, in its present life; undefined while it is down. */
  readonly pidOf: (name: string) => number | undefined;
  /** Which hosts' packets to port 22 vanish. */
  readonly drop: (name: string, dropped: boolean) => Promise<void>;
}

/** One host of the rig, entered from beside: nothing here goes through ssh or netwright. */
export class RigHost {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly number: number;
  readonly #around: Surroundings;

  constructor(number: number, around: Surroundings) {
    this.number = number;
    this.name = `h${number}`;
    this.address = `10.60.0.${number}`;
    this.address6 = `fd60::${number}`;
    this.#around = around;
  }

  /** Process 1 of the host, as the test's own namespace counts. */
  get pid(): number {
    const pid = this.#around.pidOf(this.name);
    if (pid === undefined) throw new Error(`${this.name} is down`);
    return pid;
  }

  get bootId(): string {
    return readFileSync(`${this.#around.directory}/${this.name}/boot_id`, 'utf8').trim();
  }

  #enter(argv: readonly string[]): string[] {
    const spaces = ['--mount', '--uts', '--ipc', '--net', '--pid'];
    const clean = ['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'LC_ALL=C.UTF-8'];
    return ['nsenter', `--target=${this.pid}`, ...spaces, '--', ...clean, ...argv];
  }

  /** Runs a program as root on the host, in `/` unless `cwd` says otherwise; `env` is added to a clean one. */
  exec(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
    return run(this.#enter(this.#within(argv, options)), { input: options.input, timeout: options.timeout });
  }

  /** The same, to be talked to or killed on the way. */
  spawn(argv: readonly string[], options: RunOptions = {}): ChildProcess {
    return start(this.#enter(this.#within(argv, options)), { input: options.input, timeout: options.timeout });
  }

  #within(argv: readonly string[], { cwd, env }: RunOptions): string[] {
    const variables = Object.entries(env ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${value}`],
    );
    return ['env', ...(cwd === undefined ? [] : ['-C', cwd]), ...variables, ...argv];
  }

  /** Runs a POSIX shell script that has to succeed; answers what it printed. */
  async sh(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.exec(['sh', '-eu'], { input: script });
    if (code !== 0) throw new Error(`${this.name}: ended with ${code}: ${stderr.trim()}\n${script}`);
    return stdout;
  }

  /** All of the host's network state that lasts, as canonical text: equal texts mean equal states. */
  async snapshot(): Promise<string> {
    return canonical(await this.sh(SNAPSHOT));
  }

  /** Changes how the ssh server answers. Sessions that are open go on. */
  async setSsh(mode: SshMode): Promise<void> {
    await this.#around.drop(this.name, mode === 'dropped');
    if (mode === 'refused') {
      await this.sh('if [ -s /run/sshd.pid ]; then p=$(cat /run/sshd.pid); rm /run/sshd.pid; kill -9 "$p"; fi');
    } else {
      const signal = mode === 'silent' ? 'STOP' : 'CONT';
      await this.sh(
        `[ -s /run/sshd.pid ] || /usr/sbin/sshd
        until [ -s /run/sshd.pid ]; do sleep 0.01; done
        kill -s ${signal} "$(cat /run/sshd.pid)"`,
      );
    }
  }

  /** Ends every session that is open, but not the server. */
  async cutSessions(): Promise<void> {
    await this.sh(`pkill -KILL -P "$(cat /run/sshd.pid)" sshd || true`);
  }

  /** A power cut and the next boot: another boot_id, an empty /run and network, the same disk. */
  async reboot(): Promise<void> {
    const before = this.pid;
    process.kill(before, 'SIGKILL');
    await until(() => (this.#around.pidOf(this.name) ?? before) !== before, 10_000, `${this.name} up again`);
  }

  /** Says how the ssh server is to answer after the next boot. */
  setSshAtBoot(mode: 'up' | 'refused' | 'silent'): void {
    writeFileSync(`${this.#around.directory}/${this.name}/ssh`, `${mode}\n`);
  }

  /** A real dockerd inside the host, which needs `docker: true` from the start. */
  startDocker(): Promise<Docker> {
    return startDocker(this, this.#around.directory);
  }
}
