import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gatherScript, parseFacts, type Read, type Section, type World } from '../../src/gather.ts';

const NONCE = 'e3b0c44298fc1c14';

/**
 * Time stands still where it would blur a comparison: addresses are never tentative, and nothing is asked of routers.
 */
const SETUP = `
mount -t tmpfs run /run && mkdir -p /var/lib/netwright && mount -t tmpfs lib /var/lib/netwright
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
  readonly #pid: string;
  /** The directory whose `sh` is used on this host; by default the machine's own. */
  path = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    const { pid } = process;
    this.#pid = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  }

  static async start(): Promise<Kernel> {
    const own = ['--net', '--mount', '--pid', '--uts', '--fork', '--kill-child', '--mount-proc'];
    const process = spawn('unshare', [...own, 'sh', '-c', SETUP], { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = await new Promise((resolve) => {
      process.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
      process.once('exit', () => resolve('no namespaces; are the tests run by root?'));
    });
    if (line !== 'ready\n') throw new Error(String(line));
    return new Kernel(process);
  }

  stop(): void {
    this.#process.stdin?.end();
  }

  #enter(shell: readonly string[]): string[] {
    return ['--target', this.#pid, '--net', '--mount', '--pid', '--uts', '--', ...shell];
  }

  /** What a script prints; a script that fails throws. */
  sh(script: string): string {
    const input = `set -e\n${script}\n`;
    return execFileSync('nsenter', this.#enter(['dash', '-s']), { input, encoding: 'utf8', maxBuffer: 1e8 });
  }

  /** Runs one of our own scripts as the runner does. */
  exchange(script: string): Section[] {
    const mark = `mark() { printf '\\n${NONCE} %s\\n' "$1"; }`;
    const input = `set -u; umask 077; trap '' PIPE; ${mark}\n{ :\n${script}\n} </dev/null\n`;
    const env = { ...process.env, LC_ALL: 'C', PATH: `${this.path}${process.env.PATH}` };
    const done = spawnSync('nsenter', this.#enter(['sh', '-s']), { input, env, encoding: 'utf8', maxBuffer: 1e8 });
    const [noise = '', ...parts] = done.stdout.split(`\n${NONCE} `);
    if (noise + done.stderr !== '') throw new Error(`the script said: ${noise}${done.stderr}`);
    return parts.map((part) => {
      const end = part.indexOf('\n');
      return { name: part.slice(0, end), text: part.slice(end + 1) };
    });
  }

  gather(reads: readonly Read[]): World {
    return parseFacts('host', this.exchange(gatherScript(reads)));
  }
}
