import { EXIT, NetwrightError } from '../error.ts';
import type { Channel } from './channel.ts';
import { lastLine } from './explain.ts';
import { failure, interrupted } from './failure.ts';
import { collector, splitter, type Section } from './frame.ts';
import { END, ownRequest, request, UNBOUND } from './runner.ts';
import type { Target } from './target.ts';
import type { Watch } from './watch.ts';

export interface ExchangeOptions {
  /** Seconds after which the host itself ends the script and all it started. */
  readonly deadlineSeconds?: number | undefined;
  /** Each line of output as it comes, without the marks. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly onMark?: ((name: string) => void) | undefined;
  /** What this is, for people who wait and for the message when the connection is lost: `making changes`. */
  readonly label?: string | undefined;
  /** What it prints is meant for people. */
  readonly live?: boolean | undefined;
  /** Run by the session's own shell: what it opens as `LOCK_DESCRIPTOR` stays open until the session ends. */
  readonly inRunner?: boolean | undefined;
  /** Such a script, run in the same round trip before the one that is asked for. */
  readonly first?: string | undefined;
}

export interface Reply {
  /** In order; a name comes as often as its mark did. */
  readonly list: readonly Section[];
  /** By name; of a name that comes several times, the last. */
  readonly sections: ReadonlyMap<string, string>;
  /** The script's exit code. */
  readonly rc: number;
  /** The deadline came and the host ended the script. */
  readonly timedOut: boolean;
}

/** One shell on one host. Exchanges that are asked for at the same time happen one after the other. */
export interface Session {
  exchange(script: string, options?: ExchangeOptions): Promise<Reply>;
  close(): Promise<void>;
  /** How many exchanges were begun. */
  readonly exchanges: number;
  /** The last 64 KiB that came on standard error, of all exchanges. */
  readonly stderr: string;
}

const OUTPUT_LIMIT = 64 * 1024 * 1024;
const CLOSE_MS = 1000;

interface Surroundings {
  readonly signal?: AbortSignal | undefined;
  readonly watch?: Watch | undefined;
}

/** The client's side of the runner. */
export class ShellSession implements Session {
  readonly #target: Target;
  readonly #channel: Channel;
  readonly #nonce: string;
  readonly #signal: AbortSignal | undefined;
  readonly #watch: Watch | undefined;
  #exchanges = 0;
  /** The host's `timeout` bounds nothing. */
  #watched = false;
  #last: Promise<unknown> = Promise.resolve();
  #over: NetwrightError | undefined;

  constructor(target: Target, channel: Channel, nonce: string, { signal, watch }: Surroundings) {
    this.#target = target;
    this.#channel = channel;
    this.#nonce = nonce;
    this.#signal = signal;
    this.#watch = watch;
    const interrupt = (): void => void channel.kill();
    signal?.addEventListener('abort', interrupt, { once: true });
    void channel.ended.then(() => {
      signal?.removeEventListener('abort', interrupt);
      this.#over ??= this.#lost('between two exchanges');
    });
  }

  get exchanges(): number {
    return this.#exchanges;
  }

  get stderr(): string {
    return this.#channel.stderr;
  }

  exchange(script: string, options: ExchangeOptions = {}): Promise<Reply> {
    if (script.includes('\0')) throw new TypeError('a script cannot hold a NUL byte');
    const reply = this.#last.then(() => this.#exchange(script, options));
    this.#last = reply.catch(() => undefined);
    return reply;
  }

  async close(): Promise<void> {
    this.#over ??= this.#failure('SESSION_LOST', 'the session was closed');
    await this.#channel.close(CLOSE_MS);
  }

  async #exchange(script: string, options: ExchangeOptions): Promise<Reply> {
    if (this.#over) throw this.#over;
    const number = ++this.#exchanges;
    const nonce = this.#nonce;
    const deadlineSeconds = Math.max(1, Math.ceil(options.deadlineSeconds ?? 60));
    const label = options.label ?? 'an exchange';
    const begun = performance.now();
    const { name: host } = this.#target;
    const tell = (line: string): void => {
      options.onLine?.(line);
      if (options.live === true) this.#watch?.({ type: 'output', host, line });
    };
    this.#watch?.({ type: 'begin', host, what: label });
    try {
      return await this.#channel.wait<Reply>(
        (deadlineSeconds + 5) * 1000,
        this.#signal,
        (done, fail) => {
          const wording = { nonce, number, script, deadlineSeconds };
          let again = false;
          const parts = collector(END, {
            onLine: options.onLine || options.live ? tell : undefined,
            onMark: options.onMark,
            onSize: (bytes) => {
              if (bytes > OUTPUT_LIMIT) fail(this.#tooLarge(label));
            },
            onNotice: (what) => {
              if (what === UNBOUND) again = this.#watched = true;
            },
            onEnd: (ofNumber, rc) => {
              if (ofNumber !== number) return;
              if (again) {
                again = false;
                this.#channel.write(request({ ...wording, watched: true }));
                return;
              }
              const list = parts.sections();
              const sections = new Map(list.map(({ name, text }) => [name, text]));
              done({
                list,
                sections,
                rc,
                timedOut: wasEnded(rc) && performance.now() - begun >= deadlineSeconds * 1000,
              });
            },
          });
          const { inRunner, first } = options;
          this.#channel.write(
            inRunner === true ? ownRequest(wording) : request({ ...wording, first, watched: this.#watched }),
          );
          return { output: splitter(nonce, parts) };
        },
        (gone) => {
          if (gone.why === 'interrupted') return interrupted(this.#target);
          if (gone.why === 'ended') return this.#lost(`in the middle of ${label}`);
          return this.#failure('SESSION_LOST', `no answer to ${label} within ${deadlineSeconds + 5} seconds`);
        },
      );
    } catch (error) {
      if (error instanceof NetwrightError) this.#over = error;
      throw error;
    } finally {
      this.#watch?.({ type: 'end', host });
    }
  }

  #lost(where: string): NetwrightError {
    const last = lastLine(this.#channel.stderr);
    return this.#failure('SESSION_LOST', `the connection was lost ${where}${last === '' ? '' : ` (${last})`}`);
  }

  #tooLarge(label: string): NetwrightError {
    const mebibytes = OUTPUT_LIMIT / 1024 / 1024;
    return failure(
      {
        code: 'OUTPUT_TOO_LARGE',
        message: `${this.#target.name}: ${label} printed more than ${mebibytes} MiB`,
        hint: 'let the command write to a file on the host',
      },
      EXIT.failed,
    );
  }

  #failure(code: string, message: string): NetwrightError {
    return failure(
      {
        code,
        message: `${this.#target.name}: ${message}`,
        hint: 'what was under way may be done or not: run again, which looks first',
      },
      EXIT.unreachable,
    );
  }
}

/** Exit codes of what was ended by its deadline: of `timeout` itself, or 128 + SIGKILL. */
const wasEnded = (rc: number): boolean => rc === 124 || rc === 137;
