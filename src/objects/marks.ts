import type { Link } from '../facts/world.ts';
import type { Ground } from '../object.ts';
import { inScope, refuse, type Verdict } from '../object.ts';

/** The alias of every link of a lab: the second mark, after the group that the creating message carries. */
export const linkAlias = (lab: string): string => `netwright:${lab}`;

/** Two marks, or one mark and the ledger, prove that a link is ours. */
export function isOurs(link: Link, ground: Ground): boolean {
  const marks = Number(link.group === ground.group) + Number(link.alias === linkAlias(ground.lab));
  return marks === 2 || (marks === 1 && ground.entry !== undefined);
}

/** In a namespace of ours one mark is enough: `ip` shows the other with details only, and who else would be there. */
export const isOursIn = (scope: string, link: Link, ground: Ground): boolean =>
  isOurs(link, ground) || (ground.ownNamespace(scope) && link.group === ground.group);

/** Whose a link is that is not this lab's, as far as its alias tells. */
export function foreignLink(link: Link, scope: string, adoptable = true): Verdict {
  const lab = /^netwright:([a-z][a-z0-9-]*)$/.exec(link.alias ?? '')?.[1];
  const whose = lab === undefined ? 'is not ours' : `belongs to the lab "${lab}"`;
  return refuse(
    'FOREIGN_OBJECT',
    `${link.name}${inScope(scope)} exists and ${whose}`,
    `choose another name${adoptable ? ', remove it by hand, or say "adopt: true" to take it over' : ' or remove it by hand'}`,
  );
}
