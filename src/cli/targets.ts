import { isDeepStrictEqual } from 'node:util';
import type { Target } from '../connect.ts';
import { suggestion, type Problem } from '../error.ts';
import type { Resolver } from '../resolve.ts';
import type { Item } from '../run.ts';
import { placeOf, type At } from '../source.ts';
import type { BoundPlay } from './play.ts';

interface Targets {
  readonly targets: ReadonlyMap<string, Target>;
  readonly problems: readonly Problem[];
}

/**
 * How each host is reached, by whomever. It has one session for the whole run, and so the same login in every play;
 * if anything there is done as root, the session is root's, and what others do goes through it.
 */
export function targetsOf(resolver: Resolver, plays: readonly BoundPlay[]): Targets {
  const targets = new Map<string, Target>();
  const problems: Problem[] = [];
  for (const { index, hosts, raw } of resolver.plays) {
    for (const host of hosts) {
      const items = plays[index]!.items(host);
      const found = resolver.connection(index, host);
      problems.push(...found.problems);
      const become = becomeOf(found.connection, items);
      const own = { ...found.connection, become };
      const first = targets.get(host);
      if (first && !isDeepStrictEqual(login(first), login(own))) problems.push(otherWay(host, raw.at));
      targets.set(host, first && !(become.enabled && !first.become.enabled) ? first : own);
    }
  }
  for (const { index, hosts } of resolver.plays) {
    for (const host of hosts) {
      const items = plays[index]!.items(host);
      problems.push(...notRoot(host, targets.get(host)!, items));
      for (const item of items) {
        const delegate = item.sort === 'act' && item.skipped === undefined ? item.how.delegate : undefined;
        if (delegate === undefined || targets.has(delegate)) continue;
        const found = resolver.elsewhere(delegate);
        if (found) targets.set(delegate, found.connection);
        problems.push(...(found?.problems ?? [unknownHost(delegate, item, resolver.hosts)]));
      }
    }
  }
  return { targets, problems };
}

/** All but whom the session belongs to. */
const login = (target: Target): unknown => ({ ...target, become: undefined });

/** Who the session belongs to: root if anybody asks for root, else the only one that is asked for, else who logs in. */
function becomeOf({ become }: Target, items: readonly Item[]): Target['become'] {
  const asked = items.flatMap((item) =>
    item.sort === 'skipped' ? [] : [item.sort === 'act' ? item.how.user : item.user],
  );
  if (asked.length === 0) return become;
  const users = new Set(asked);
  const user = users.has('root') ? 'root' : users.size === 1 ? [...users][0] : undefined;
  return user === undefined ? { ...become, enabled: false } : { ...become, enabled: true, user };
}

/** A state is made by root; where we became root for another task, this one has to say so too. */
function notRoot(host: string, { become }: Target, items: readonly Item[]): Problem[] {
  if (!become.enabled) return [];
  return items.flatMap((item) =>
    item.sort === 'state' && item.task.skipped === undefined && item.user !== become.user
      ? [
          {
            code: 'NOT_ROOT',
            message: `${host}: "${item.title}" is done by who logs in, while others become ${become.user}`,
            place: placeOf(item.task.at, [], 'key'),
            hint: 'say become: true at the play',
          },
        ]
      : [],
  );
}

const otherWay = (host: string, at: At): Problem => ({
  code: 'NOT_YET',
  message: `${host} is reached in another way than in an earlier play`,
  hint: 'say remote_user and connection alike in all plays, or in the inventory',
  place: placeOf(at),
});

const unknownHost = (name: string, item: Item, known: readonly string[]): Problem => ({
  code: 'UNKNOWN_HOST',
  message: `delegate_to: there is no host "${name}"`,
  place: item.sort === 'act' ? placeOf(item.at, [], 'key') : undefined,
  hint: suggestion(name, known) ?? 'add it to the inventory',
});
