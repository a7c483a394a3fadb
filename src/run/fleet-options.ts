import type { SessionOptions } from '../connect.ts';
import type { Read } from '../gather.ts';
import type { Ask, Prompt } from './ask.ts';
import type { Holder } from './lock.ts';

export interface FleetOptions extends SessionOptions {
  readonly forks: number;
  /** Who takes each host's lock; nobody for commands that change nothing. */
  readonly lock?: Omit<Holder, 'remote'> | undefined;
  /** Seconds after which an unconfirmed change is taken back; asked for, not only where our own session is in danger. */
  readonly confirm?: number | undefined;
  /** What cannot be taken back is no reason to refuse a plan that has to be confirmed. */
  readonly allowIrreversible?: boolean | undefined;
  /** The person at the terminal, if there is one. */
  readonly ask?: Ask | undefined;
  /** Once aborted, what is under way comes to its end, and nothing new begins. */
  readonly stop?: AbortSignal | undefined;
  /** Does what takes its time and touches nothing, so that it can be ended at once. */
  readonly aside?: (<T>(work: () => T) => T) | undefined;
  readonly prompt?: Prompt | undefined;
  /** Where plays only run programs, whoever logs in will do. */
  readonly anybody?: true | undefined;
  /** More to look at than the tasks need. */
  readonly reads?: readonly Read[] | undefined;
  /** Within so many seconds a host has to be done with a step. */
  readonly stepSeconds: number;
  /** How many seconds to wait for a lock. */
  readonly lockTimeout: number;
}
