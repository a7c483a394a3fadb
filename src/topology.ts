/** The address plan of one host. Pure: what is held comes in as a fact, and nothing is looked up. */
export { assignAddresses } from './topology/assign.ts';
export { checkTopology } from './topology/check.ts';
export { sharedOf, sharedTwice, type Shared } from './topology/shared.ts';
export { LINK_LOCAL_GATEWAY } from './topology/segment.ts';
export { attachmentKey } from './topology/types.ts';
export type { Assigned, Attachment, HeldAddresses, Located, Segment } from './topology/types.ts';
