import { quote } from '../command.ts';

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
}

/** Why a wait came to nothing. */
export type Gone =
  | { readonly why: 'ended'; readonly code: number | undefined }
  | { readonly why: 'late' }
  | { readonly why: 'interrupted' };

export interface Sink {
  output(chunk: Buffer): void;
  errors?(all: string): void;
}

const STDERR_LIMIT = 64 * 1024;
/** How long the last output of a program that ended is waited for. */
const DRAIN_MS = 500;
const KILL_MS = 2000;

/** Keeps nothing: zx would otherwise hold the whole output of the session. */
class Forgetful extends Array<never> {
  override push(): number {
    return 0;
  }
}

/** A running program with its three streams. Nothing here ever rejects by itself; who waits is told. */
export class Channel {
  readonly ended: Promise<Ended>;
  readonly #kill: () => Promise<void>;
  readonly #write: (text: string) => void;
  readonly #finish: () => void;
  #sink: Sink | undefined;
  #stderr = '';

  private constructor(parts: Parts) {
    this.#kill = parts.kill;
    this.#write = parts.write;
    this.#finish = parts.finish;
    this.ended = parts.ended;
    parts.stdout((chunk) => this.#sink?.output(chunk));
    parts.stderr((chunk) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_LIMIT);
      this.#sink?.errors?.(this.#stderr);
    });
  }

  /** Starts a program in a session of its own, out of reach of the terminal's ^C. */
  static async start(argv: readonly string[]): Promise<Channel> {
    return new Channel(await spawn(argv));
  }

  /** The last 64 KiB of standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  write(text: string): void {
    this.#write(text);
  }

  /** Ends it and what it started. */
  kill(): Promise<void> {
    return this.#kill();
  }

  /** Lets it end by the end of its input; after `graceMs` ends it by force. */
  async close(graceMs: number): Promise<void> {
    this.#sink = undefined;
    this.#finish();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), graceMs)));
    if ((await Promise.race([this.ended, late])) === 'late') await this.#kill();
    clearTimeout(timer);
  }

  /**
   * Waits for what `listen` makes of the output. The wait ends at the latest after `ms`; then, and whenever it
   * fails, the program is ended too, for nobody would know what its next output belongs to.
   */
  async wait<T>(
    ms: number,
    signal: AbortSignal | undefined,
    listen: (done: (value: T) => void, fail: (error: Error) => void) => Sink,
    explain: (gone: Gone) => Error,
  ): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let interrupt: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const give = (gone: Gone): void => reject(explain(gone));
        interrupt = () => give({ why: 'interrupted' });
        if (signal?.aborted) return interrupt();
        signal?.addEventListener('abort', interrupt, { once: true });
        timer = setTimeout(() => give({ why: 'late' }), ms);
        this.#sink = listen(resolve, reject);
        void this.ended.then(({ code }) => give({ why: 'ended', code }));
      });
    } catch (error) {
      await this.#kill();
      throw error;
    } finally {
      this.#sink = undefined;
      clearTimeout(timer);
      if (interrupt) signal?.removeEventListener('abort', interrupt);
    }
  }
}

interface Parts {
  readonly ended: Promise<Ended>;
  readonly kill: () => Promise<void>;
  readonly write: (text: string) => void;
  readonly finish: () => void;
  readonly stdout: (listener: (chunk: Buffer) => void) => void;
  readonly stderr: (listener: (chunk: Buffer) => void) => void;
}

async function spawn(argv: readonly string[]): Promise<Parts> {
  const { $ } = await import('zx/core');
  const keepNothing = { stdout: new Forgetful(), stderr: new Forgetful(), stdall: new Forgetful() };
  // POSIX quoting and /bin/sh, whatever ZX_* variables say: zx's own quoting is safe only in bash.
  const run = $({
    shell: '/bin/sh',
    quote,
    prefix: '',
    postfix: '',
    verbose: false,
    quiet: true,
    nothrow: true,
    detached: true,
    preferLocal: false,
    stdio: 'pipe',
    store: keepNothing,
    env: { ...process.env, SSH_ASKPASS_REQUIRE: 'never' },
  });
  const running = run`exec ${argv}`;
  const child = running.child!;
  const { stdin, stdout, stderr } = running;
  // A program that ends early breaks its pipe; `ended` tells, so the error says nothing new.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});

  let drainMs = DRAIN_MS;
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', () => resolve({ code: undefined }));
    child.once('close', (code) => resolve({ code: code ?? undefined }));
    // Something it left behind may hold its output open for ever: then `close` never comes.
    child.once('exit', (code) => {
      setTimeout(() => {
        stdout.destroy();
        stderr.destroy();
        resolve({ code: code ?? undefined });
      }, drainMs);
    });
  });

  return {
    ended,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) await killTree(running);
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, KILL_MS).unref())]);
    },
    write: (text) => void (stdin.writable && stdin.write(text)),
    finish: () => {
      drainMs = 0;
      stdin.end();
    },
    stdout: (listener) => void stdout.on('data', listener),
    stderr: (listener) => void stderr.on('data', listener),
  };
}

async function killTree(running: { readonly pid: number | undefined; kill(signal: 'SIGKILL'): Promise<void> }) {
  try {
    await running.kill('SIGKILL');
  } catch {
    // It ended meanwhile, or there is no `ps` to find its children with; its process group we know without.
    try {
      if (running.pid !== undefined) process.kill(-running.pid, 'SIGKILL');
    } catch {
      // Gone.
    }
  }
}
