import type { Scope } from '../command.ts';
import { changeLink } from '../facts/effects.ts';
import { findLink } from '../facts/world.ts';
import type { ObjectType, Wanted } from '../object.ts';

/** The loopback interface of a container's namespace, up; a new namespace has it down. */
export const loopback = (scope: Scope): Wanted<object> => ({ type: 'loopback', scope, data: {} });

export const loopbackType: ObjectType<object> = {
  type: 'loopback',
  volatile: true,
  shared: false,
  id: () => 'lo',
  reads: ({ scope }) => [{ fact: 'net', scope }],
  diff({ scope }, { world }) {
    const found = findLink(world, scope, 'lo');
    if (found?.up === true) return [];
    return [
      {
        verb: '~',
        what: 'lo',
        // Unsaid where the namespace is new: that it is down there is no news.
        why: found === undefined || found.mac === '' ? '' : 'down -> up',
        commands: [{ do: 'ip', scope, argv: ['link', 'set', 'dev', 'lo', 'up'] }],
        undo: [{ do: 'ip', scope, argv: ['link', 'set', 'dev', 'lo', 'down'] }],
        effect: (after) => {
          changeLink(after, scope, 'lo', { up: true });
        },
      },
    ];
  },
  before({ scope }, { world, entry, ownNamespace }) {
    if (ownNamespace(scope)) return {};
    if (entry !== undefined) return { before: entry.before };
    return findLink(world, scope, 'lo')?.up === true ? 'foreign' : { before: 'down' };
  },
  remove({ scope, before }, { world }) {
    if (before !== 'down' || findLink(world, scope, 'lo')?.up !== true) return [];
    return [
      {
        verb: '~',
        what: 'lo',
        why: 'up -> down',
        commands: [{ do: 'ip', scope, argv: ['link', 'set', 'dev', 'lo', 'down'] }],
        undo: [{ do: 'ip', scope, argv: ['link', 'set', 'dev', 'lo', 'up'] }],
        effect: (after) => {
          changeLink(after, scope, 'lo', { up: false });
        },
      },
    ];
  },
};
