import { printable } from '../error.ts';
import type { Change } from '../object.ts';

/** What is said of a task instead of anything that it holds. */
export const HIDDEN = 'hidden by no_log';

/**
 * Changes in the operator's words: `nw0 missing; 172.30.0.1/16, fe80::1/64 missing; ip_forward 0 -> 1 (IPv4, IPv6)`.
 * Neighbours that share a reason share it in the text; a change without a reason is part of another and stays unsaid.
 */
export function describeChanges(changes: readonly Change[]): string {
  const groups: Group[] = [];
  for (const change of changes) {
    const { what, why, of } = change;
    if (why === '') continue;
    const last = groups.at(-1);
    const sort = sortOf(change);
    if (last?.why === why && last.sort === sort && of !== undefined && last.what.at(-1) === what) last.of.push(of);
    else if (last?.why === why && last.sort === sort && of === undefined) last.what.push(what);
    else groups.push({ what: [what], why, of: of === undefined ? [] : [of], sort });
  }
  return groups.map(describeGroup).map(printable).join('; ');
}

/** What is planned for a task; what goes because it is in the way is told, whatever the task says of itself. */
export const describePlanned = ({ changes, cleared = [], summary }: Planned): string =>
  summary === undefined
    ? describeChanges(changes)
    : [describeChanges(cleared), summary].filter((text) => text !== '').join('; ');

interface Planned {
  readonly changes: readonly Change[];
  readonly cleared?: readonly Change[] | undefined;
  readonly summary?: string | undefined;
}

/** What the steps of an act do: `/etc/motd missing; mode 0644 -> 0600`. */
export const describeSteps = (steps: readonly { readonly what: string; readonly why: string }[]): string =>
  printable(
    steps
      .map(({ what, why }) => `${what} ${why}`.trim())
      .filter((text) => text !== '')
      .join('; '),
  );

interface Group {
  readonly what: string[];
  readonly why: string;
  readonly of: string[];
  readonly sort: string;
}

/** Links, then what they carry, then the rest: only what is of one sort shares a list. */
function sortOf({ verb, commands }: Change): string {
  const [first] = commands;
  const carried = first?.do === 'ip' && ['addr', 'route'].includes(first.argv[0] ?? '');
  return `${verb} ${carried ? 'carried' : (first?.do ?? '')}`;
}

function describeGroup({ what, why, of }: Group): string {
  const subject = what.filter((word) => word !== '').join(', ');
  return `${subject}${subject === '' ? '' : ' '}${why}${of.length === 0 ? '' : ` (${of.join(', ')})`}`;
}
