import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { gatherScript, parseFacts, type Read, type Section, type World } from '../../src/gather.ts';

const NONCE = 'e3b0c44298fc1c14';

// Nothing that would blur a comparison: no forwarding inherited from the machine, addresses are never tentative, and
// nothing is asked of routers. /var/lib is laid over the machine's: what is mounted on a directory of somebody else's goes
// when he removes that.
const SETUP = `
for value in 1 0; do echo $value >/proc/sys/net/ipv4/ip_forward; done
mount -t tmpfs run /run && mount -t tmpfs mnt /mnt && mkdir /mnt/upper /mnt/work &&
  mount -t overlay lib -o lowerdir=/var/lib,upperdir=/mnt/upper,workdir=/mnt/work /var/lib &&
  rm -rf /var/lib/netwright && mkdir /var/lib/netwright
for key in accept_dad router_solicitations; do
  for name in all default; do echo 0 >/proc/sys/net/ipv6/conf/$name/$key; done
done
echo ready
exec cat`;

/**
 * A host of its own: new network, mount, PID and host name namespaces, an empty /run and /var/lib/netwright. Its first
 * process reads our pipe, so all of it goes when the test does, and it reaps nobody, as in many a container.
 */
export class Kernel {
  readonly #process: ChildProcess;
  /** Its process 1, as we count. */
  readonly pid: string;
  /** Where this host's `sh` is looked for first; by default it is the machine's own. */
  shells = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    const { pid } = process;
    this.pid = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  }

  static async start(): Promise<Kernel> {
    const own = ['--net', '--mount', '--pid', '--uts', '--fork', '--kill-child', '--mount-proc'];
    const process = spawn('unshare', [...own, 'sh', '-c', SETUP], { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = await new Promise((resolve) => {
      process.stdout.once('data', (bytes: Buffer) => {
        resolve(bytes.toString());
      });
      process.once('exit', () => {
        resolve('no namespaces; are the tests run by root?');
      });
    });
    if (line !== 'ready\n') throw new Error(String(line));
    return new Kernel(process);
  }

  stop(): void {
    this.#process.stdin?.end();
  }

  async #shell(script: string) {
    const argv = ['--target', this.pid, '--net', '--mount', '--pid', '--uts', '--', 'sh', '-s'];
    const env = { ...process.env, LC_ALL: 'C', PATH: `${this.shells}${process.env.PATH}` };
    const child = spawn('nsenter', argv, { env });
    child.stdin.end(script);
    const ended = new Promise<number>((resolve) => {
      child.once('exit', (code) => {
        resolve(code ?? 255);
      });
    });
    const [stdout, stderr, rc] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { stdout, stderr, rc };
  }

  /** What a script prints; a script that fails throws. */
  async sh(script: string): Promise<string> {
    const { stdout, stderr, rc } = await this.#shell(`set -e\n${script}\n`);
    if (rc !== 0) throw new Error(`${script}\nended with ${rc}: ${stdout}${stderr}`);
    return stdout;
  }

  /**
   * Until the kernel has taken apart every namespace that was deleted before: it does so later and in order, so it is
   * done when another one, made for this and deleted, has taken its link along.
   */
  async atRest(): Promise<void> {
    await this.sh(`ip netns add at-rest; ip link add name at-rest type veth peer name p0 netns at-rest
      ip netns del at-rest; n=0; while ip link show dev at-rest >/dev/null 2>&1 && [ $n -lt 400 ]; do n=$((n + 1)); sleep 0.05; done`);
  }

  /** Runs one of our own scripts as the runner does; descriptor 9 is where that has its lock. `mutters`: it may complain. */
  async exchange(script: string, mutters = false): Promise<Section[]> {
    const mark = `mark() { printf '\\n${NONCE} %s\\n' "$1"; }`;
    const { stdout, stderr } = await this.#shell(
      `set -u; export NETWRIGHT_UMASK=027; umask 077; trap '' PIPE; exec 9</dev/null; ${mark}\n{ :\n${script}\n} </dev/null\n`,
    );
    const [noise = '', ...parts] = stdout.split(`\n${NONCE} `);
    if (!mutters && noise + stderr !== '') throw new Error(`the script said: ${noise}${stderr}`);
    return parts.map((part) => {
      const end = part.indexOf('\n');
      return { name: part.slice(0, end), text: part.slice(end + 1) };
    });
  }

  async gather(reads: readonly Read[]): Promise<World> {
    return parseFacts('host', await this.exchange(gatherScript(reads)));
  }
}
