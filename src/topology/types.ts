import type { At, Path } from '../source.ts';

/** A layer-2 segment of one host, as one task declares it. Addresses are canonical text. */
export interface Segment {
  readonly name: string;
  /** The host's own addresses on it, `address/prefix`; each says a subnet. */
  readonly addresses: readonly string[];
  /** Networks from which container addresses come. */
  readonly fixedCidr?: string | undefined;
  readonly fixedCidrV6?: string | undefined;
  /** Of the bridge, for its attachments: their MTU, and whether they are cut off from each other. */
  readonly mtu?: number | undefined;
  readonly isolated?: boolean | undefined;
  /** The group whose hosts share it. */
  readonly span?: string | undefined;
  /** Addresses that nobody may be given, since somebody else has them. */
  readonly reserved?: readonly string[] | undefined;
  /** Cut off by rules instead, which let through what links open. */
  readonly filtered?: boolean | undefined;
  /** Where in the task's options each of them stands, for messages. */
  readonly paths: { readonly addresses: Path; readonly fixedCidr: Path; readonly fixedCidrV6: Path };
}

/** One interface of a container, as its task declares it. */
export interface Attachment {
  /** Empty for the host itself, as an end of a link. */
  readonly container: string;
  readonly interface: string;
  /** The segment it is plugged into; absent for point-to-point links. */
  readonly segment?: string | undefined;
  /** What it is on where that is no segment of ours, so that no address is on it twice. */
  readonly wire?: string | undefined;
  /** Gets no addresses from the segment's ranges. */
  readonly unnumbered?: boolean | undefined;
  /** Fixed addresses, `address/prefix` or bare; a family without any is allocated. */
  readonly addresses: readonly string[];
  /** `none`, or gateways of either family; a family without any has the segment's own address. */
  readonly gateways: readonly string[] | 'none';
  readonly mac?: string | undefined;
  readonly onlink: boolean;
  /** Where in the task's options the attachment stands; its keys are `address`, `gateway`, `mac_address`. */
  readonly path: Path;
}

/** What an attachment gets. */
export interface Assigned {
  /** `address/prefix`, IPv4 before IPv6. */
  readonly addresses: readonly string[];
  readonly mac: string;
  /** Default gateways, at most one per family. */
  readonly gateways: readonly string[];
  /** Remarks for the plan, e.g. why the MAC does not fit into the IPv6 range. */
  readonly notes: readonly string[];
}

/** Something declared, and the options of the task that declares it. */
export interface Located<T> {
  readonly value: T;
  readonly at: At;
}

/** The addresses that one attachment holds by the host's ledger, with or without prefix. */
export type HeldAddresses = readonly string[];

/** The key of an attachment in the plan and in the ledger. */
export const attachmentKey = (container: string, interfaceName: string): string => `${container}/${interfaceName}`;
