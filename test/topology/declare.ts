import type { Problem } from '../../src/error.ts';
import type { Path, Source } from '../../src/source.ts';
import { assignAddresses, checkTopology } from '../../src/topology.ts';
import type { Assigned, Attachment, Located, Segment } from '../../src/topology.ts';

/** A source whose places say the path, so that a test can tell where a problem points to. */
const sourceOf = (file: string): Source => ({
  file,
  value: undefined,
  place: (path: Path) => ({ file, line: 1, column: 1, text: path.join('.') }),
});

export function bridge(name: string, options: Partial<Segment> = {}): Located<Segment> {
  const paths = { addresses: ['address'], fixedCidr: ['fixed_cidr'], fixedCidrV6: ['fixed_cidr_v6'] };
  return { value: { name, addresses: [], paths, ...options }, at: { source: sourceOf(name), path: [] } };
}

/** An attachment of `container`, or `container/interface`, to a segment. */
export function plug(
  where: string,
  segment: string | undefined,
  options: Partial<Attachment> = {},
): Located<Attachment> {
  const [container, name] = where.split('/') as [string, string?];
  return {
    value: {
      container,
      interface: name ?? 'eth0',
      segment,
      addresses: [],
      gateways: [],
      onlink: false,
      path: ['networks', 0],
      ...options,
    },
    at: { source: sourceOf(container), path: [] },
  };
}

/** The article's bridge. */
export const nw0 = bridge('nw0', {
  addresses: ['172.30.0.1/16'],
  fixedCidr: '172.30.5.0/24',
  fixedCidrV6: '2001:db8:1::/64',
});

export const plan = (
  segments: Located<Segment>[],
  attachments: Located<Attachment>[],
  held: Record<string, readonly string[]> = {},
): Record<string, Assigned> =>
  Object.fromEntries(assignAddresses('lab', segments, attachments, new Map(Object.entries(held))).assigned);

/** Each problem as `CODE file path`, with the file and path of the other place. */
export function complaints(segments: Located<Segment>[], attachments: Located<Attachment>[] = []): string[] {
  const where = (place: Problem['place']): string => `${place?.file} ${place?.text}`;
  return checkTopology(segments, attachments).map(
    ({ code, place, other }) => `${code} ${where(place)}${other ? `, ${where(other.place)}` : ''}`,
  );
}

/** The message of the only problem, with its way out. */
export function sentence(segments: Located<Segment>[], attachments: Located<Attachment>[] = []): string {
  const problems = checkTopology(segments, attachments);
  return problems.map(({ message, hint }) => `${message}; ${hint}`).join('\n');
}
