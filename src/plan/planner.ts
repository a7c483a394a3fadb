import { linkGroup } from '../address.ts';
import type { Problem } from '../error.ts';
import type { World } from '../facts/world.ts';
import { meets, type Change, type Entry, type Ground, type Hold, type Refusal } from '../object.ts';
import type { Verdict, Wanted } from '../object.ts';
import { placeOf, type At } from '../source.ts';
import { keyOf, typeOf, type LabTask } from './context.ts';
import { otherEntries, ownNamespaceOf } from './ledger.ts';

/** One line of a plan: a task of the playbook, or something that left it. */
export interface PlannedTask {
  readonly key: string;
  readonly title: string;
  readonly verdict: '+' | '~' | '-' | '=' | 'skipped';
  readonly changes: readonly Change[];
  /** Those of them that take away what is in the way. */
  readonly cleared?: readonly Change[] | undefined;
  /** Said instead of the list of changes when the task makes something new. */
  readonly summary?: string | undefined;
  readonly notes: readonly string[];
  /** Nothing but its title may be shown. */
  readonly secret?: boolean | undefined;
}

/** Why a thing that is there cannot be taken away; other reasons not to make it are none not to have it. */
const IN_THE_WAY = new Set(['FOREIGN_OBJECT', 'WRONG_LINK']);

const meddles = (type: string): boolean => typeOf(type).meddles === true;

const notOurs = (identity: string) => ({
  refuse: {
    code: 'FOREIGN_OBJECT',
    message: `${identity} is there, and is not ours`,
    hint: 'remove it by hand, or say "adopt: true"',
  },
});

const isEmpty = (verdict: Verdict): boolean => !('refuse' in verdict) && verdict.length === 0;

const holdsOf = (wanted: Wanted): readonly Hold[] => typeOf(wanted.type).holds?.(wanted) ?? [];

/** Of these two may have a part each. */
const isPartly = ({ subnet, ports }: Hold): boolean => subnet !== undefined || ports !== undefined;

interface Held {
  readonly key: string;
  readonly entry: Entry;
  readonly hold: Hold;
}

/** Walks the objects of one host; keeps the world and the ledger as they will be after each change. */
export class Planner {
  readonly entries: Map<string, Entry>;
  readonly #lab: string;
  readonly #world: World;
  readonly #problems: Problem[];
  /** By the key of an object: the identities of the tasks that want it. */
  readonly #claims = new Map<string, string[]>();
  /** By the key of an object: where a task wants it. */
  readonly #places = new Map<string, At>();
  /** By owner: the keys of what the ledger knew before this plan. */
  readonly #before = new Map<string, string[]>();
  readonly #stay = new Set<string>();
  /** By the key of an object: what it is going to have that no other can have then. */
  readonly #holds = new Map<string, readonly Hold[]>();
  /** What the ledger knew before this plan, with what it has of that sort: by its name, and what may meet others in part. */
  readonly #held = { named: new Map<string, Held[]>(), partly: [] as Held[] };
  /** Whether what left the playbook may go. */
  readonly #clears: boolean;

  constructor(lab: string, world: World, entries: ReadonlyMap<string, Entry>, problems: Problem[], clears: boolean) {
    this.#clears = clears;
    this.#lab = lab;
    this.#world = world;
    this.#problems = problems;
    this.entries = new Map(entries);
    for (const [key, entry] of entries) {
      for (const owner of entry.owners) append(this.#before, owner, key);
      for (const held of this.#heldBy(key, entry)) {
        append(this.#held.named, held.hold.what, held);
        if (isPartly(held.hold)) this.#held.partly.push(held);
      }
    }
  }

  /** After a run that was cut off it may still have what it had before. */
  #heldBy(key: string, entry: Entry): Held[] {
    const { type, scope, data, was = [] } = entry;
    const isCut = was.length > 0 && !isEmpty(typeOf(type).diff({ type, scope, data }, this.#ground(key, false, entry)));
    const states = isCut ? [data, ...was] : [data];
    return states.flatMap((one) => holdsOf({ type, scope, data: one }).map((hold) => ({ key, entry, hold })));
  }

  /** What all tasks are going to want, so that nothing is taken away that one of them will want. */
  claim(identity: string, at: At, objects: readonly { readonly key: string; readonly wanted: Wanted }[]): void {
    this.#stay.add(identity);
    for (const { key, wanted } of objects) {
      append(this.#claims, key, identity);
      this.#places.set(key, at);
      this.#holds.set(key, holdsOf(wanted));
    }
  }

  /** Who has what this one is to have, and is not to have it any more, gives it up now. */
  #clear(wanted: Wanted, task: LabTask): Change[] {
    return holdsOf(wanted).flatMap((own) => {
      const met = isPartly(own) ? this.#held.partly : (this.#held.named.get(own.what) ?? []);
      return met.flatMap(({ key, entry, hold }) => {
        const now = this.entries.get(key);
        if (!now || now.data !== entry.data || hold.by === own.by || !meets(hold, own)) return [];
        if (this.#holds.get(key)?.some((one) => one.by === hold.by && meets(one, own)) === true) return [];
        return this.#giveUp(key, now, `${hold.by}, which left the playbook, has ${hold.what}`, task);
      });
    });
  }

  #giveUp(key: string, entry: Entry, message: string, task: LabTask): Change[] {
    if (entry.owners.some((owner) => this.#stay.has(owner))) {
      this.entries.delete(key);
      const changes: Change[] = [];
      this.#take(typeOf(entry.type).remove(entry, this.#ground(key, false, entry)), changes);
      return changes;
    }
    if (this.#clears) {
      const changes = entry.owners.flatMap((owner) => this.removeOwner(owner, undefined));
      // What is to have another owner was left alone; that one has it from here on.
      this.entries.delete(key);
      return changes;
    }
    const hint = 'let it be pruned, or take it away by hand';
    this.#refuse({ refuse: { code: 'IN_THE_WAY', message, hint } }, task);
    return [];
  }

  /** Makes of a task's objects what they should be, and takes away what it owned before and no longer wants. */
  bring(identity: string, task: LabTask, objects: readonly Wanted[]) {
    const keys = new Set(objects.map(keyOf));
    const programs = objects.filter(({ type }) => meddles(type));
    const rest = objects.filter((wanted) => !programs.includes(wanted));
    const ended = this.#removeStale(identity, keys, task, true);
    const { changes, cleared, made, noted } = this.#want(identity, task, rest);
    const gone = this.#removeStale(identity, keys, task, false);
    const started = this.#want(identity, task, programs);
    return {
      changes: [...ended, ...changes, ...gone, ...started.changes],
      cleared,
      made,
      noted: [...noted, ...started.noted],
    };
  }

  /** Brings objects about, and notes each in the ledger; `made` if the first was not there. */
  #want(identity: string, task: LabTask, objects: readonly Wanted[]) {
    const changes: Change[] = [];
    const cleared: Change[] = [];
    const noted: string[] = [];
    let made = false;
    for (const wanted of objects) {
      const type = typeOf(wanted.type);
      const key = keyOf(wanted);
      const first = this.#clear(wanted, task);
      changes.push(...first);
      cleared.push(...first);
      const ground = this.#ground(key, task.adopt);
      const verdict = type.diff(wanted, ground);
      if ('refuse' in verdict) {
        this.#refuse(verdict, task);
        // What would follow from a refused object is noise.
        break;
      }
      const claim = type.before(wanted, ground);
      this.#take(verdict, changes);
      made ||= wanted === objects[0] && verdict[0]?.verb === '+';
      if (claim === 'foreign') continue;
      const owners = [...new Set([...(ground.entry?.owners ?? []), identity])];
      const given = ground.entry === undefined ? claim : { before: ground.entry.before };
      this.entries.set(key, {
        type: wanted.type,
        scope: wanted.scope,
        owners,
        data: type.kept?.(wanted.data) ?? wanted.data,
        ...(given.before === undefined ? {} : { before: given.before }),
      });
      noted.push(key);
    }
    return { changes, cleared, made, noted };
  }

  /** What the task owned before and no longer wants: what has to end before anything is made, or the rest. */
  #removeStale(identity: string, wanted: ReadonlySet<string>, task: LabTask, first: boolean): Change[] {
    const isDue = ([key, { type }]: readonly [string, Entry]): boolean => !wanted.has(key) && meddles(type) === first;
    return this.#remove(identity, this.#ownedBefore(identity).filter(isDue), task);
  }

  /** Everything of one task; without an entry, what carries two marks; anything else is somebody else's. */
  removeOwner(identity: string, task: LabTask | undefined, primary?: Wanted): Change[] {
    const owned = this.#ownedBefore(identity);
    if (owned.length > 0 || !primary || !task) return this.#remove(identity, owned, task);
    const type = typeOf(primary.type);
    const ground = this.#ground(keyOf(primary), task.adopt);
    const changes: Change[] = [];
    const entry = { type: primary.type, scope: primary.scope, owners: [identity], data: primary.data };
    const verdict = type.diff(primary, ground);
    const foreign = !task.adopt && type.before(primary, ground) === 'foreign';
    if (foreign) this.#refuse(notOurs(identity), task);
    else if ('refuse' in verdict && IN_THE_WAY.has(verdict.refuse.code)) this.#refuse(verdict, task);
    else this.#take(type.remove(entry, ground), changes);
    return changes;
  }

  /** What left the playbook, last made first. */
  prune(stay: ReadonlySet<string>): PlannedTask[] {
    const gone = new Set(
      [...this.entries.values()].flatMap(({ owners }) => owners).filter((owner) => !stay.has(owner)),
    );
    return [...gone].toReversed().map((identity) => {
      const changes = this.removeOwner(identity, undefined);
      const title = `prune ${identity}`;
      return { key: title, title, verdict: changes.length > 0 ? '-' : '=', changes, notes: [] };
    });
  }

  /** What a task owned before this plan, and still does. */
  #ownedBefore(identity: string): (readonly [string, Entry])[] {
    return (this.#before.get(identity) ?? []).flatMap((key) => {
      const entry = this.entries.get(key);
      return entry?.owners.includes(identity) === true ? [[key, entry] as const] : [];
    });
  }

  #remove(identity: string, owned: readonly (readonly [string, Entry])[], task: LabTask | undefined): Change[] {
    const changes: Change[] = [];
    const scopes = new Set(owned.flatMap(([, entry]) => ownNamespaceOf(entry) ?? []));
    for (const [key, entry] of owned.toReversed()) {
      const rest = entry.owners.filter((owner) => owner !== identity);
      if (rest.length > 0) {
        this.entries.set(key, { ...entry, owners: rest });
        continue;
      }
      // It changes hands in this very plan.
      if (this.#claims.get(key)?.some((other) => other !== identity)) continue;
      this.entries.delete(key);
      // What is inside a namespace that goes away goes with it.
      if (entry.scope !== '' && scopes.has(entry.scope) && !meddles(entry.type)) continue;
      // What it may still be counts where it is not what it should be by now.
      const states = [entry.data, ...(entry.was ?? [])];
      const verdicts = states.map((data) =>
        typeOf(entry.type).remove({ ...entry, data }, this.#ground(key, false, entry)),
      );
      const verdict = verdicts.find((one) => !isEmpty(one)) ?? [];
      if ('refuse' in verdict) this.#refuse(verdict, task);
      else this.#take(verdict, changes);
    }
    return changes;
  }

  #take(verdict: Verdict, changes: Change[]): void {
    if ('refuse' in verdict) return;
    for (const change of verdict) {
      change.effect(this.#world);
      changes.push(change);
    }
  }

  #refuse({ refuse: problem, against }: Refusal, task: LabTask | undefined): void {
    const at = against === undefined ? undefined : this.#places.get(against);
    const other = at && { note: 'the other is at', place: placeOf(at) };
    this.#problems.push({ ...(task ? { place: placeOf(task.at) } : {}), ...problem, ...(other ? { other } : {}) });
  }

  #ground(key: string, adopt: boolean, entry = this.entries.get(key)): Ground {
    return {
      lab: this.#lab,
      group: linkGroup(this.#lab),
      world: this.#world,
      entry,
      others: otherEntries(this.#world, this.#lab, key),
      adopt,
      ownNamespace: (scope) => {
        const makers = ['netns', 'engine_container'].map((type) => this.entries.get(`/${type}:${scope}`));
        return makers.some((maker) => maker !== undefined && ownNamespaceOf(maker) !== undefined);
      },
    };
  }
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
