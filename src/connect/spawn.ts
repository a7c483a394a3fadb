import { quote } from '../command.ts';

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
}

/** How long the last output of a program that ended is waited for. */
const DRAIN_MS = 500;
const KILL_MS = 2000;

/** Keeps nothing: zx would otherwise hold the whole output of the session. */
class Forgetful extends Array<never> {
  override push(): number {
    return 0;
  }
}

/** A started program; nothing here ever rejects. */
export interface Spawned {
  readonly ended: Promise<Ended>;
  /** Ends it and all its children by force, and waits until that is done, but not for ever. */
  readonly kill: () => Promise<void>;
  readonly write: (text: string) => void;
  /** No more input, and no interest in what it may still print. */
  readonly finish: () => void;
  readonly stdout: (listener: (chunk: Buffer) => void) => void;
  readonly stderr: (listener: (chunk: Buffer) => void) => void;
}

/** Starts a program in a process group of its own. This is the only place that does. */
export async function spawn(argv: readonly string[]): Promise<Spawned> {
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
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);

  let drainMs = DRAIN_MS;
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', () => {
      resolve({ code: undefined });
    });
    child.once('close', (code) => {
      resolve({ code: code ?? undefined });
    });
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
    write: (text) => {
      if (stdin.writable) stdin.write(text);
    },
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
