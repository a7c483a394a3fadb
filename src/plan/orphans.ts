import { linkGroup } from '../address.ts';
import type { World } from '../facts/world.ts';
import type { Entry, Wanted } from '../object.ts';
import { linkAlias } from '../objects/marks.ts';
import { ruleEntries } from '../objects/nft-rule.ts';
import { keyOf } from './context.ts';

/** The owner of what only its marks tell to be the lab's. */
const WITHOUT_LEDGER = 'what the ledger does not know';

/** Things of the lab that carry two marks and that no ledger knows: links, and rules in the lab's own tables. */
export function orphans(world: World, lab: string, known: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const owners = [WITHOUT_LEDGER];
  const links = (world.nets['']?.links ?? [])
    .filter(({ group, alias }) => group === linkGroup(lab) && alias === linkAlias(lab))
    .map(({ name, kind }): Wanted => {
      const data = kind === 'veth' ? { name, peer: { scope: '', name } } : { name };
      return { type: kind === 'veth' ? 'veth' : 'bridge', scope: '', data };
    });
  const found = [...links, ...ruleEntries(world, lab)].map((wanted) => [keyOf(wanted), { ...wanted, owners }] as const);
  return new Map(found.filter(([key]) => !known.has(key)));
}

/** What may be the lab's, but nothing proves it: never removed, only named. */
export function unproven(world: World, lab: string, known: ReadonlyMap<string, Entry>): string[] {
  const isNobodys = (key: string): boolean =>
    !known.has(key) && !Object.values(world.ledgers).some(({ entries }) => Object.hasOwn(entries, key));
  const namespaces = Object.keys(world.namespaces).filter(
    (name) => name.startsWith(`${lab}-`) && isNobodys(`/netns:${name}`),
  );
  const routed = (world.nets['']?.routes ?? []).filter(
    ({ protocol, to, table, family, metric }) =>
      protocol === '78' && isNobodys(`/route:${table}:${family}:${to}:${metric}`),
  );
  const files = world.netnsFiles.filter(
    (path) => path.startsWith(`/etc/netns/${lab}-`) && isNobodys(`/file:${path}`) && isNobodys(`/resolver:${path}`),
  );
  return [
    ...namespaces.map((name) => `network namespace ${name} (ip netns del ${name})`),
    ...routed.map(({ to, dev }) => `route ${to}${dev === undefined ? '' : ` dev ${dev}`} (protocol 78)`),
    ...files.map((path) => `file ${path}`),
  ];
}
