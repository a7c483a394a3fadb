import { linkGroup } from '../address.ts';
import type { World } from '../facts/world.ts';
import type { Entry, Wanted } from '../object.ts';
import { containerNamed } from '../objects/engine-container.ts';
import { networkNamed } from '../objects/engine-network.ts';
import { DIGEST_LABEL, LAB_LABEL } from '../objects/engine.ts';
import { linkAlias } from '../objects/marks.ts';
import { ruleEntries } from '../objects/nft-rule.ts';
import { sandbox } from '../objects/sandbox.ts';
import { keyOf } from './context.ts';

/** The owner of what only its marks tell to be the lab's. */
const WITHOUT_LEDGER = 'what the ledger does not know';

/** Things of the lab that carry two marks and that no ledger knows: links, and rules in the lab's own tables. */
export function orphans(world: World, lab: string, known: ReadonlyMap<string, Entry>): Map<string, Entry> {
  const owners = [WITHOUT_LEDGER];
  const entries = [...known.values()];
  const names = new Set(entries.flatMap(linkNames));
  const links = (world.nets['']?.links ?? [])
    .filter(({ group, alias }) => group === linkGroup(lab) && alias === linkAlias(lab))
    .filter(({ name }) => !names.has(name))
    .map(({ name, kind }): Wanted => {
      const data = kind === 'veth' ? { name, peer: { scope: '', name } } : { name };
      return { type: kind === 'veth' ? 'veth' : 'bridge', scope: '', data };
    });
  const rules = ruleEntries(world, lab).filter(({ data }) => !entries.some((entry) => isAbout(entry, data)));
  const found = [...links, ...rules, ...engineThings(world, lab)].map(
    (wanted) => [keyOf(wanted), { ...wanted, owners }] as const,
  );
  return new Map(found.filter(([key]) => !known.has(key)));
}

/** The links of the host that an entry is about, of whatever type. */
function linkNames({ type, scope, data }: Entry): string[] {
  if (!['bridge', 'veth', 'child', 'vlan', 'vxlan'].includes(type)) return [];
  const { name, peer } = data as { name: string; peer?: { scope: string; name: string } };
  return [{ scope, name }, ...(peer ? [peer] : [])].flatMap((end) => (end.scope === '' ? [end.name] : []));
}

/** Networks and containers of the engines, by two labels; with a container the name that its namespace has. */
function engineThings({ engines, namespaces }: World, lab: string): Wanted[] {
  return (['docker', 'podman'] as const).flatMap((runtime) => {
    const { networks = [], containers = [], worker } = engines[runtime] ?? {};
    const names = containers.filter((one) => isOurs(one, lab) && one.name.startsWith(`${lab}-`));
    return [
      // A worker of a swarm shows networks that only its managers can remove.
      ...networks
        .filter(({ driver }) => runtime === 'docker' && !(driver === 'overlay' && worker))
        .filter((one) => isOurs(one, lab))
        .map(({ name }) => networkNamed(name)),
      ...names.map(({ name }) => containerNamed(runtime, name)),
      ...names
        .filter(({ name, sandboxes }) => sandboxes.some((path) => namespaces[name] === `-> ${path}`))
        .map(({ name }) => sandbox({ name, runtime, container: name })),
    ];
  });
}

const isOurs = ({ labels }: { readonly labels: Readonly<Record<string, string>> }, lab: string): boolean =>
  labels[LAB_LABEL] === lab && labels[DIGEST_LABEL] !== undefined;

interface RuleName {
  readonly family: string;
  readonly chain: { readonly name: string };
  readonly id: string;
}

/** Rules that other types of objects write: a whole chain, or a guard. */
function isAbout({ type, data }: Entry, rule: RuleName): boolean {
  if (type === 'loopback_guard') {
    const { container, protocol, port } = data as { container: string; protocol: string; port: number };
    return rule.id === `loopback ${container} ${protocol} ${port}`;
  }
  const { family, chain } = data as Partial<RuleName>;
  return type === 'nft_chain' && family === rule.family && chain?.name === rule.chain.name;
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
