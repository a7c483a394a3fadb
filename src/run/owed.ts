import type { Owed as Noted } from '../facts/owed.ts';

type Plays = Map<string, Set<string>>;

/**
 * The handlers that one host owes, and what its disk says of that. Whoever changes something says so first, in the same
 * exchange; so a handler that was notified is known there whatever becomes of the run, and the next one runs it.
 */
export class Owed {
  /** By lab. */
  readonly #labs = new Map<string, Plays>();
  /** Notified perhaps: the task that would say so is under way. */
  readonly #ahead = new Map<string, Plays>();
  /** By lab: what stands on the disk. */
  readonly #noted = new Map<string, string>();

  /** Who is not root can note nothing. */
  readonly #notes: boolean;

  constructor(owed: Readonly<Record<string, Noted>> = {}, notes = true) {
    this.#notes = notes;
    for (const [lab, plays] of Object.entries(owed)) {
      for (const [play, names] of Object.entries(plays)) for (const name of names) this.add(lab, play, name);
      this.#noted.set(lab, JSON.stringify(this.#wanted(lab)));
    }
  }

  names(lab: string, play: string): string[] {
    return [...(this.#labs.get(lab)?.get(play) ?? [])];
  }

  add(lab: string, play: string, name: string): void {
    setOf(this.#labs, lab, play).add(name);
  }

  done(lab: string, play: string, name: string): void {
    this.#labs.get(lab)?.get(play)?.delete(name);
  }

  /** Forgets plays that the playbook does not have any more. */
  keepPlays(lab: string, plays: ReadonlySet<string>): void {
    const known = this.#labs.get(lab);
    for (const play of known?.keys() ?? []) if (!plays.has(play)) known?.delete(play);
  }

  /** Says that what is done next may notify these; the answer takes that back, once it is known. */
  ahead(lab: string, play: string, names: readonly string[]): () => void {
    if (names.length === 0) return () => undefined;
    const set = setOf(this.#ahead, lab, play);
    for (const name of names) set.add(name);
    return () => {
      for (const name of names) set.delete(name);
    };
  }

  /** What has to be written for the disk to say what is so. By lab; nothing of a lab takes its file away. */
  unwritten(): { readonly lab: string; readonly plays: Noted }[] {
    if (!this.#notes) return [];
    return [...new Set([...this.#labs.keys(), ...this.#ahead.keys()])].flatMap((lab) => {
      const plays = this.#wanted(lab);
      return JSON.stringify(plays) === (this.#noted.get(lab) ?? '{}') ? [] : [{ lab, plays }];
    });
  }

  written(all: ReturnType<Owed['unwritten']>): void {
    for (const { lab, plays } of all) this.#noted.set(lab, JSON.stringify(plays));
  }

  #wanted(lab: string): Noted {
    const all: Plays = new Map();
    for (const labs of [this.#labs, this.#ahead])
      for (const [play, names] of labs.get(lab) ?? [])
        for (const name of names) all.set(play, (all.get(play) ?? new Set()).add(name));
    return Object.fromEntries([...all].map(([play, names]) => [play, [...names].toSorted()]));
  }
}

function setOf(labs: Map<string, Plays>, lab: string, play: string): Set<string> {
  const plays = labs.get(lab) ?? new Map<string, Set<string>>();
  const names = plays.get(play) ?? new Set<string>();
  labs.set(lab, plays.set(play, names));
  return names;
}
