import { spawn, type Ended, type Spawned } from './spawn.ts';

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

/** A running program with its three streams. Nothing here ever rejects by itself; who waits is told. */
export class Channel {
  readonly #program: Spawned;
  #sink: Sink | undefined;
  #give: ((gone: Gone) => void) | undefined;
  #ended: Gone | undefined;
  #stderr = '';

  private constructor(program: Spawned) {
    this.#program = program;
    program.stdout((chunk) => this.#sink?.output(chunk));
    program.stderr((chunk) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_LIMIT);
      this.#sink?.errors?.(this.#stderr);
    });
    // Once for the channel and not once for each wait: that would keep every answer alive.
    void program.ended.then(({ code }) => {
      this.#ended = { why: 'ended', code };
      this.#give?.(this.#ended);
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

  get ended(): Promise<Ended> {
    return this.#program.ended;
  }

  write(text: string): void {
    this.#program.write(text);
  }

  /** Ends it and what it started. */
  kill(): Promise<void> {
    return this.#program.kill();
  }

  /** Lets it end by the end of its input; after `graceMs` ends it by force. */
  async close(graceMs: number): Promise<void> {
    this.#sink = undefined;
    this.#program.finish();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>(
      (resolve) =>
        (timer = setTimeout(() => {
          resolve('late');
        }, graceMs)),
    );
    if ((await Promise.race([this.ended, late])) === 'late') await this.kill();
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
    const interrupt = (): void => this.#give?.({ why: 'interrupted' });
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#give = (gone) => {
          reject(explain(gone));
        };
        if (signal?.aborted) {
          interrupt();
          return;
        }
        if (this.#ended) {
          this.#give(this.#ended);
          return;
        }
        signal?.addEventListener('abort', interrupt, { once: true });
        timer = setTimeout(() => this.#give?.({ why: 'late' }), ms);
        this.#sink = listen(resolve, reject);
      });
    } catch (error) {
      await this.kill();
      throw error;
    } finally {
      this.#sink = undefined;
      this.#give = undefined;
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
    }
  }
}
