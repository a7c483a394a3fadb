import { HOST } from '../command.ts';
import { changeLink } from '../facts/effects.ts';
import { findLink } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface Port {
  readonly link: string;
  readonly master: string;
}

/** A link that we did not make, enslaved to a bridge of ours; its former master comes back. */
export const port = (master: string, link: string): Wanted<Port> => ({
  type: 'port',
  scope: HOST,
  data: { link, master },
});

const move = (link: string, from: string | undefined, to: string | undefined): Change => ({
  verb: '~',
  what: link,
  why: `master ${from ?? 'none'} -> ${to ?? 'none'}`,
  commands: [{ do: 'ip', scope: HOST, argv: ['link', 'set', 'dev', link, ...master(to)] }],
  undo: [{ do: 'ip', scope: HOST, argv: ['link', 'set', 'dev', link, ...master(from)] }],
  effect: (world) => {
    changeLink(world, HOST, link, { master: to });
  },
});

const master = (name: string | undefined): string[] => (name === undefined ? ['nomaster'] : ['master', name]);

export const portType: ObjectType<Port> = {
  type: 'port',
  volatile: true,
  shared: false,
  id: ({ link }) => link,
  reads: () => [],
  diff({ data }, { world }) {
    const found = findLink(world, HOST, data.link);
    if (!found) return refuse('MISSING_LINK', `there is no interface ${data.link} on this host`);
    return found.master === data.master ? [] : [move(data.link, found.master, data.master)];
  },
  before({ data }, { world, entry }) {
    if (entry !== undefined) return { before: entry.before };
    const found = findLink(world, HOST, data.link);
    return found?.master === data.master ? 'foreign' : { before: found?.master };
  },
  remove({ data, before }, { world }) {
    const found = findLink(world, HOST, data.link);
    if (!found) return [];
    const given = typeof before === 'string' && findLink(world, HOST, before) ? before : undefined;
    if (found.master !== data.master && found.master !== undefined) return [];
    return found.master === given ? [] : [move(data.link, found.master, given)];
  },
};
