import { setMaxListeners } from 'node:events';

/** What a person wants who presses ^C, and a system that shuts down. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption {
  /** Aborted by the first signal: what is under way comes to its end, and nothing new begins. */
  readonly stop: AbortSignal;
  /** Aborted by the second: everything ends at once. */
  readonly signal: AbortSignal;
  /** Does work that holds up everything, this too, and touches nothing: meanwhile a signal ends the process at once. */
  readonly aside: <T>(work: () => T) => T;
  /** From then on signals do what they always do. */
  readonly over: () => void;
}

/** Listens until it is told that it is over, or a second signal came. */
export function interruptible(tell: (text: string) => void): Interruption {
  const [stop, now] = [new AbortController(), new AbortController()];
  // Every host of a fleet listens.
  setMaxListeners(0, stop.signal, now.signal);
  const over = (): void => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
  const heard = (): void => {
    if (stop.signal.aborted) {
      over();
      now.abort();
      return;
    }
    // A question ends its line.
    stop.abort();
    tell('interrupted: what is under way comes to its end; once more ends it at once');
  };
  const listen = (): void => {
    for (const signal of SIGNALS) process.on(signal, heard);
  };
  const aside = <T>(work: () => T): T => {
    over();
    try {
      return work();
    } finally {
      listen();
    }
  };
  listen();
  return { stop: stop.signal, signal: now.signal, aside, over };
}
