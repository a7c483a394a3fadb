import type { Scope } from '../command.ts';
import { readShaped } from './shape.ts';

/** What the ledger on the host keeps of an object; plain JSON. */
export interface Entry<D = unknown> {
  readonly type: string;
  readonly scope: Scope;
  /** The identities of the tasks that own it, e.g. `bridge nw0`; several for a shared object. */
  readonly owners: readonly string[];
  /** What is needed to recognise and remove it. */
  readonly data: D;
  /** What was there before, to be given back; absent when nothing was. */
  readonly before?: unknown;
  /** What it may still be: its `data` before changes that may have been cut off. */
  readonly was?: readonly D[];
}

/** What the host remembers of one lab: /var/lib/netwright/LAB.json. */
export interface Ledger {
  readonly version: 1;
  readonly lab: string;
  /** The playbook that owns the lab, as a path in its repository. */
  readonly playbook: string;
  /** The boot in which the entries of kernel objects were made. */
  readonly boot: string;
  readonly entries: Readonly<Record<string, Entry>>;
  /** `container/interface` to the addresses it holds, also while it is down. */
  readonly held: Readonly<Record<string, readonly string[]>>;
}

export const LEDGER_DIRECTORY = '/var/lib/netwright';
export const ledgerPath = (lab: string): string => `${LEDGER_DIRECTORY}/${lab}.json`;

const LEDGER = {
  version: 'count',
  lab: 'text',
  'playbook?': 'text',
  boot: 'text',
  entries: { '*': { type: 'text', scope: 'text', owners: ['text'], data: { '*': 'any' }, 'was?': [{ '*': 'any' }] } },
  'held?': { '*': ['text'] },
} as const;

/** A ledger, or nothing when the text is no ledger of ours (cut short, or of another version). */
export function parseLedger(text: string): Ledger | undefined {
  try {
    const { version, playbook = '', held = {}, ...rest } = readShaped(text, LEDGER);
    // None of ours holds a NUL, which no command could either.
    return version === 1 && !text.includes('\\u0000') ? { version, playbook, held, ...rest } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a later version of ours wrote it, which knows more than we do. */
export function isOfLater(text: string): boolean {
  try {
    return readShaped(text, { version: 'count' }).version > 1;
  } catch {
    return false;
  }
}

export const renderLedger = (ledger: Ledger): string => `${JSON.stringify(ledger)}\n`;
