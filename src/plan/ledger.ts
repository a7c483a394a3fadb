import type { Ledger } from '../facts/ledger.ts';
import type { Read, World } from '../facts/world.ts';
import type { Entry, OthersEntry } from '../object.ts';
import type { HeldAddresses } from '../topology.ts';
import { typeOf } from './context.ts';

/** The lab's entries that still count: those of kernel objects end with the boot in which they were made. */
export function currentEntries(ledger: Ledger | undefined, boot: string): Map<string, Entry> {
  const entries = Object.entries(ledger?.entries ?? {});
  return new Map(entries.filter(([, { type }]) => ledger?.boot === boot || !typeOf(type).volatile));
}

/** The same object in other labs' ledgers. */
export const otherEntries = (world: World, lab: string, key: string): OthersEntry[] =>
  Object.values(world.ledgers).flatMap((ledger) => {
    if (ledger.lab === lab || ledger.boot !== world.boot) return [];
    const entry = Object.hasOwn(ledger.entries, key) ? ledger.entries[key] : undefined;
    return entry === undefined ? [] : [{ ...entry, lab: ledger.lab }];
  });

export const heldAddresses = (ledger: Ledger | undefined): Map<string, HeldAddresses> =>
  new Map(Object.entries(ledger?.held ?? {}));

export const nextLedger = (rest: Omit<Ledger, 'version' | 'entries'>, entries: ReadonlyMap<string, Entry>): Ledger => ({
  version: 1,
  ...rest,
  entries: Object.fromEntries(entries),
});

/** The namespace that an entry stands for; nothing if it is an adopted one, which outlives the lab. */
export const ownNamespaceOf = ({ type, data, before }: Entry): string | undefined => {
  if (type === 'engine_container') return (data as { namespace?: string }).namespace;
  return type === 'netns' && before === undefined ? (data as { name: string }).name : undefined;
};

/** What must be seen to remove a lab's things; the links in its namespaces go with them, or are looked at anyway. */
export function ledgerReads(world: World, lab: string): Read[] {
  const entries = [...currentEntries(world.ledgers[lab], world.boot).values()];
  const inside = new Set(entries.flatMap((entry) => ownNamespaceOf(entry) ?? []));
  return entries
    .filter(({ type }) => type !== 'netns')
    .flatMap((entry) => typeOf(entry.type).reads(entry))
    .filter((read) => read.fact !== 'net' || !inside.has(read.scope));
}
