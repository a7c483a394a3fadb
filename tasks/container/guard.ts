import { addressOf, contains, familyOf, networkOf } from '../../src/address.ts';
import type { Wanted } from '../../src/object.ts';
import { loopbackGuard } from '../../src/objects/loopback-guard.ts';
import type { Context } from '../../src/task.ts';
import { interfaceOf, networkSegment } from '../attachment.ts';
import { list } from '../options.ts';
import type { ContainerOptions } from './options.ts';

interface Published {
  /** Of the host; empty for all of them. */
  readonly address: string;
  /** The container's own ports, first and last. */
  readonly first: number;
  readonly last: number;
  readonly protocol: string;
}

/** `127.0.0.1:8080:80/tcp`, `[::1]:53:53/udp`, `8000-8002:80-82`, `80`. */
function readPublished(text: string): Published {
  const [spec = '', protocol = 'tcp'] = text.split('/');
  const address = /^(\[.*\]|\d+(?:\.\d+){3}):/.exec(spec)?.[1] ?? '';
  const [first = 0, last = first] = spec
    .slice(spec.lastIndexOf(':') + 1)
    .split('-')
    .map(Number);
  return { address, first, last, protocol };
}

const isLoopback = ({ address }: Published): boolean => address.startsWith('127.');

/** A guard for each port that nobody but the host may reach. */
export function loopbackGuards(args: ContainerOptions, runtime: 'docker', context: Context): Wanted[] {
  const published = list(args.publish).map((one) => readPublished(String(one)));
  const isOpen = (protocol: string, port: number): boolean =>
    published.some((one) => !isLoopback(one) && one.protocol === protocol && one.first <= port && port <= one.last);
  const { address, subnet } = placeOf(args, context);
  const ports = published
    .filter(isLoopback)
    .flatMap(({ first, last, protocol }) =>
      Array.from({ length: last - first + 1 }, (_, index) => ({ protocol, port: first + index })),
    );
  return ports
    .filter(({ protocol, port }) => !isOpen(protocol, port))
    .map((port) => loopbackGuard({ ...port, runtime, container: `${context.lab}-${args.name}`, address, subnet }));
}

/** The address that Docker leads a published port to: that on the container's first network. */
function placeOf({ name, networks }: ContainerOptions, context: Context) {
  const index = networks.findIndex(({ network }) => network !== undefined);
  const [network] = networks.slice(index, index + 1);
  const cidr =
    network && context.assigned(name, interfaceOf(network, index)).addresses.find((one) => familyOf(one) === 4);
  if (index < 0 || cidr === undefined) return {};
  const segment = context.segment(networkSegment(network?.network ?? ''));
  const subnet = segment?.addresses.map(networkOf).find((one) => contains(one, addressOf(cidr)));
  return subnet === undefined ? {} : { address: addressOf(cidr), subnet };
}
