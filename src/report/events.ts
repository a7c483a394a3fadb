import type { Exit, Problem } from '../error.ts';
import type { Difference } from '../task.ts';

/** What a run tells, as it happens; every output is made from these. The version of `--json`. */
export const EVENTS_VERSION = 1;

export type Status = 'ok' | 'changed' | 'failed' | 'skipped' | 'unknown';

export interface HostCounts {
  ok: number;
  changed: number;
  failed: number;
  skipped: number;
  rescued: number;
  ignored: number;
  unreachable: number;
  reverted: number;
  exchanges: number;
}

export type Event =
  | { readonly type: 'start'; readonly version: number; readonly command: string; readonly playbook: string }
  | {
      readonly type: 'play';
      readonly lab: string;
      readonly name: string;
      readonly hosts: readonly string[];
      /** Of all its tasks, for the width of the column. */
      readonly titles: readonly string[];
    }
  | {
      readonly type: 'task';
      readonly host: string;
      readonly title: string;
      /** Its name without the item, and what is shown of the item; of what is done in the order. */
      readonly task?: string;
      readonly item?: string | undefined;
      /** `+` made, `~` changed, `-` removed, `=` as wanted, `>` ran, `?` not known yet, `!` failed, ` ` skipped. */
      readonly sign: '+' | '~' | '-' | '=' | '>' | '?' | '!' | ' ';
      readonly status: Status;
      readonly detail: string;
      /** With how many -v the detail is shown. */
      readonly verbosity?: number | undefined;
      /** What it makes of files, for --diff. */
      readonly diffs?: readonly Difference[] | undefined;
      readonly notes?: readonly string[];
      /** The commands of its changes, for -v. */
      readonly commands?: readonly string[];
    }
  | {
      readonly type: 'host';
      readonly host: string;
      readonly state: 'failed' | 'unreachable' | 'reverted';
      readonly problem: Problem;
    }
  /** What a command printed that was run by itself, whole. */
  | {
      readonly type: 'output';
      readonly host: string;
      readonly rc: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'message'; readonly text: string }
  | {
      readonly type: 'recap';
      readonly hosts: Readonly<Record<string, HostCounts>>;
      readonly seconds: number;
      readonly exit: Exit;
    };

export type Emit = (event: Event) => void;
