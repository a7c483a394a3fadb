import { readAddress } from './text.ts';

/** First and last port. */
export type PortRange = readonly [number, number];

/** Ports of a container, as Docker's EXPOSE writes them. */
export interface Exposed {
  readonly ports: PortRange;
  readonly protocol: 'tcp' | 'udp';
}

/** Ports of the host that lead to a container's, as `docker run --publish` writes them. */
export interface Published extends Exposed {
  /** One of the host's; absent for all. */
  readonly address?: string | undefined;
  /** As many as of the container; absent where any free one will do. */
  readonly hostPorts?: PortRange | undefined;
}

const EXPOSED = /^([0-9]{1,5}(?:-[0-9]{1,5})?)(?:\/(tcp|udp))?$/;
const PUBLISHED =
  /^(?:(?:([0-9.]+|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5}(?:-[0-9]{1,5})?)?:)?([0-9]{1,5}(?:-[0-9]{1,5})?)(?:\/(tcp|udp))?$/;

function rangeOf(text: string): PortRange | undefined {
  const [first = 0, last = first] = text.split('-').map(Number);
  return first >= 1 && last <= 65535 && first <= last ? [first, last] : undefined;
}

/** `80`, `80/udp`, `8000-8010/tcp`; nothing if it is none. */
export function readExposed(text: string | number): Exposed | undefined {
  const [, range = '', protocol = 'tcp'] = EXPOSED.exec(String(text)) ?? [];
  const ports = rangeOf(range);
  return ports && { ports, protocol: protocol as Exposed['protocol'] };
}

/** `80`, `8080:80/udp`, `127.0.0.1:8000-8010:8000-8010`, `[::1]::80`; nothing if it is none. */
export function readPublished(text: string | number): Published | undefined {
  const [, where, host, range = '', protocol = 'tcp'] = PUBLISHED.exec(String(text)) ?? [];
  const ports = rangeOf(range);
  const hostPorts = host === undefined ? undefined : rangeOf(host);
  const address = where === undefined ? undefined : readAddress(where.replace(/^\[|\]$/g, ''));
  if (!ports || (host !== undefined && !hostPorts) || (where !== undefined && address === undefined)) return undefined;
  if (hostPorts && hostPorts[1] - hostPorts[0] !== ports[1] - ports[0]) return undefined;
  return { ports, protocol: protocol as Exposed['protocol'], address, hostPorts };
}

export const portText = ([first, last]: PortRange): string => (first === last ? `${first}` : `${first}-${last}`);
