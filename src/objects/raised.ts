import { HOST } from '../command.ts';
import { changeLink } from '../facts/effects.ts';
import { findLink } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { findParent, missingParent } from './child.ts';

interface Raised {
  /** A name, or `mac:` and a MAC. */
  readonly link: string;
}

/** A link that we did not make, up, since what it carries hears nothing otherwise. It goes down again afterwards. */
export const raised = (link: string): Wanted<Raised> => ({ type: 'raised', scope: HOST, data: { link } });

const put = (name: string, up: boolean): Change => {
  const set = (state: boolean) =>
    ({ do: 'ip', scope: HOST, argv: ['link', 'set', 'dev', name, state ? 'up' : 'down'] }) as const;
  return {
    verb: '~',
    what: name,
    why: up ? 'down -> up' : 'up -> down',
    commands: [set(up)],
    undo: [set(!up)],
    effect: (world) => {
      changeLink(world, HOST, name, { up });
    },
  };
};

export const raisedType: ObjectType<Raised> = {
  type: 'raised',
  volatile: true,
  shared: true,
  id: ({ link }) => link,
  reads: () => [],
  diff({ data: { link } }, { world }) {
    const found = findParent(world, HOST, link);
    if (!found) return missingParent(HOST, link);
    return found.up ? [] : [put(found.name, true)];
  },
  before({ data: { link } }, { world, entry, others }) {
    if (entry !== undefined) return { before: entry.before };
    const first = others[0];
    if (first !== undefined) return { before: first.before };
    return findParent(world, HOST, link)?.up === true ? 'foreign' : { before: 'down' };
  },
  remove({ data: { link }, before }, { world, others }) {
    const found = findLink(world, HOST, link) ?? findParent(world, HOST, link);
    if (before !== 'down' || found?.up !== true || others.length > 0) return [];
    // What somebody gave it since would be lost.
    return found.addresses.some(({ automatic }) => !automatic) ? [] : [put(found.name, false)];
  },
};
