import type { Command, Scope } from './command.ts';
import type { Problem } from './error.ts';
import type { Entry } from './facts/ledger.ts';
import type { Read, World } from './facts/world.ts';
import type { Hold } from './object/hold.ts';

export type { Entry } from './facts/ledger.ts';
export { holdsName, meets, portsMeet, publishedPorts, type HeldPorts, type Hold } from './object/hold.ts';

/** Something on a host: wanted by a task, or remembered by the ledger. `data` is plain JSON. */
export interface Wanted<D = unknown> {
  readonly type: string;
  readonly scope: Scope;
  readonly data: D;
  /** A default: gives way to the same object wanted otherwise by another task. */
  readonly weak?: boolean;
}

/** One change: why, how, how back, and what it does to the facts. */
export interface Change {
  readonly verb: '+' | '~' | '-';
  /** The object in the operator's words: `172.30.0.1/16`. */
  readonly what: string;
  /** Why, in the operator's words: `missing`, `mtu 1500 -> 9000`. */
  readonly why: string;
  /** Set apart from its like (`IPv6`); changes that differ in nothing else share a line. */
  readonly of?: string;
  readonly commands: readonly Command[];
  /** Takes the change back, in this order; absent when nothing can. */
  readonly undo?: readonly Command[];
  /** What the kernel will show afterwards; mutates the planner's own copy of the world. */
  effect(world: World): void;
}

/** An entry of another lab. */
export interface OthersEntry extends Entry {
  readonly lab: string;
}

/** What an object type may know when it decides. */
export interface Ground {
  readonly lab: string;
  /** The lab's link group: 31 bits, never 0. */
  readonly group: number;
  readonly world: World;
  /** This lab's entry for the object in question. */
  readonly entry: Entry | undefined;
  /** The same object in other labs' ledgers. */
  readonly others: readonly OthersEntry[];
  /** The task takes over what it finds. */
  readonly adopt: boolean;
  /** Whether a namespace is this lab's own, so that everything in it dies with it. */
  readonly ownNamespace: (scope: Scope) => boolean;
}

/** An answer: the changes (none = already so), or why nothing may be done. */
export type Verdict = readonly Change[] | Refusal;

export interface Refusal {
  readonly refuse: Problem;
  /** The key of an object with which this one cannot be as it is wanted, if a task wants that. */
  readonly against?: string | undefined;
}

/** One type of object: how it is recognised, made, changed and removed. Pure. */
export interface ObjectType<D = unknown> {
  readonly type: string;
  /** Whether it dies with the kernel (true) or outlives a reboot, as files do. */
  readonly volatile: boolean;
  /** Whether several tasks may want it, if they want the same. */
  readonly shared: boolean;
  /**
   * A program that holds its namespace and changes what is in there: of a task's objects it goes before all else, and
   * comes when all else is as wanted.
   */
  readonly meddles?: true;
  /** Unique among its type within the scope. */
  id(data: D): string;
  reads(wanted: Wanted<D>): Read[];
  /**
   * What only one of a host can have at a time, besides its key, and by which name it has it: who is not to have it any
   * more gives it up before another gets it.
   */
  holds?(wanted: Wanted<D>): readonly Hold[];
  diff(wanted: Wanted<D>, ground: Ground): Verdict;
  /** What was there before and has to be given back; `foreign` when what was found stays somebody else's. */
  before(wanted: Wanted<D>, ground: Ground): { readonly before?: unknown } | 'foreign';
  /** What of it the ledger keeps, where something of it may be a secret; all of it, if absent. */
  kept?(data: D): D;
  /** Takes away what the entry remembers, if what is found proves to be ours. */
  remove(entry: Entry<D>, ground: Ground): Verdict;
}

/** The key of an object on its host: `/bridge:nw0`, or `lab-web/address:eth0 172.30.5.1/16` in a namespace. */
export const objectKey = (type: ObjectType, wanted: Wanted): string =>
  `${wanted.scope}/${type.type}:${type.id(wanted.data)}`;

export const refuse = (code: string, message: string, hint?: string, against?: string): Refusal => ({
  refuse: { code, message, hint },
  ...(against === undefined ? {} : { against }),
});

/** Where something is, for messages: nothing for the host, ` in NAMESPACE` else. */
export const inScope = (scope: Scope): string => (scope === '' ? '' : ` in ${scope}`);
