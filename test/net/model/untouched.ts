import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { ipv4 } from './judge.ts';
import type { Machine } from './machines.ts';
import type { Link, Net, Seen } from './reader.ts';
import { LAB, type HostState, type State } from './state.ts';
import { Pings } from './watch.ts';

/** What was applied to the end, and what the hosts had then. */
export interface Settled {
  readonly state: State;
  readonly seen: ReadonlyMap<string, Seen>;
}

/** An interface of a container that is in both states, on a bridge that is the same in both. */
interface Stay {
  readonly container: string;
  readonly interface: string;
}

function staysOf(before: HostState, after: HostState): Stay[] {
  return Object.entries(before.containers).flatMap(([container, { on, fixed }]) => {
    const same = after.containers[container];
    if (!isDeepStrictEqual(same?.on, on) || same?.fixed !== fixed) return [];
    return on.flatMap((bridge, index) => {
      if (!isDeepStrictEqual(before.bridges[bridge], after.bridges[bridge])) return [];
      // Who has no address of his own gives way to one who has.
      const isFixed = fixed !== undefined && index === 0;
      return isFixed || !isClaimed(before, after, bridge) ? [{ container, interface: `eth${index}` }] : [];
    });
  });
}

/** Whether anybody fixes an address there whom it did not have before. */
const isClaimed = (before: HostState, after: HostState, bridge: string): boolean =>
  Object.entries(after.containers).some(([name, { on, fixed }]) => {
    const was = before.containers[name];
    return on[0] === bridge && fixed !== undefined && (was?.on[0] !== bridge || was.fixed !== fixed);
  });

const netOf = ({ host, namespaces }: Seen, container: string | undefined): Net | undefined =>
  container === undefined ? host : namespaces.get(`${LAB}-${container}`);

/** What stands between containers, on bridges, or on other hosts, and is the same in both states; and where. */
function othersOf(before: State, after: State, host: string): [string | undefined, string][] {
  const [was, now] = [before.hosts[host]!, after.hosts[host]!];
  const inBoth = (container: string): boolean => container in was.containers && container in now.containers;
  const others: [string | undefined, string][] = [];
  const { link, macvlan } = now;
  if (link && isDeepStrictEqual(was.link, link) && link.ends.every((end) => end === 'host' || inBoth(end))) {
    for (const end of link.ends) others.push(end === 'host' ? [undefined, link.name] : [end, 'p0']);
  }
  if (macvlan && macvlan.container === undefined && isDeepStrictEqual(was.macvlan, macvlan)) {
    others.push([undefined, macvlan.name]);
  }
  if (after.overlay && isDeepStrictEqual(before.overlay, after.overlay)) others.push([undefined, after.overlay.name]);
  if (was.adopt && now.adopt) others.push([undefined, 'old0']);
  return others;
}

const linkOf = (seen: Seen | undefined, { container, interface: name }: Stay): Link | undefined =>
  seen?.namespaces.get(`${LAB}-${container}`)?.links.get(name);

/** Pings, from the host, of two interfaces that stay as they are. */
export async function pingsOf({ state, seen }: Settled, after: State, machine: Machine): Promise<Pings[]> {
  const [was, now] = [state.hosts[machine.name]!, after.hosts[machine.name]!];
  const pings = staysOf(was, now)
    .slice(0, 2)
    .map((stay) => new Pings(machine, ipv4(linkOf(seen.get(machine.name), stay))[0]!.split('/', 1)[0]!));
  await Promise.all(pings.map((one) => one.started()));
  return pings;
}

/** Links that both states have stay the same links, and who stays as he was keeps his addresses. */
export function expectUntouched(host: string, before: Settled, after: Settled): void {
  const [was, now] = [before.state.hosts[host]!, after.state.hosts[host]!];
  const [old, seen] = [before.seen.get(host)!, after.seen.get(host)!];
  for (const name of Object.keys(was.bridges)) {
    if (!now.bridges[name]) continue;
    expect(seen.host.links.get(name)?.ifindex, `${name} was made anew`).toBe(old.host.links.get(name)?.ifindex);
  }
  for (const [scope, name] of othersOf(before.state, after.state, host)) {
    const [one, other] = [old, seen].map((all) => netOf(all, scope)?.links.get(name)?.ifindex);
    expect(other, `${name} of ${scope ?? 'the host'} was made anew`).toBe(one);
  }
  for (const stay of staysOf(was, now)) {
    const [one, other] = [linkOf(old, stay), linkOf(seen, stay)];
    const label = `${stay.interface} of ${stay.container}`;
    expect(
      other?.addr_info.map(({ local }) => local),
      `${label} was renumbered`,
    ).toEqual(one?.addr_info.map(({ local }) => local));
    expect(other?.ifindex, `${label} was made anew`).toBe(one?.ifindex);
  }
}
