import type { Problem } from '../error.ts';
import { assignAddresses } from './assign.ts';
import { checkAttachment } from './check-attachment.ts';
import { checkSegment } from './check-segment.ts';
import { duplicates } from './duplicates.ts';
import { routeConflicts } from './route-conflicts.ts';
import type { Attachment, Located, Segment } from './types.ts';

/** Everything that is wrong with the addresses of one host, as far as the playbook alone can tell. */
export function checkTopology(
  segments: readonly Located<Segment>[],
  attachments: readonly Located<Attachment>[],
): Problem[] {
  const byName = new Map(segments.map(({ value }) => [value.name, value]));
  return [
    ...segments.flatMap(checkSegment),
    ...routeConflicts(segments),
    ...attachments.flatMap((each) => checkAttachment(each, byName.get(each.value.segment ?? ''))),
    ...duplicates(segments, attachments),
    ...assignAddresses('', segments, attachments, new Map()).problems,
  ];
}
