import { forwarding, forwardingFamily } from '../../src/objects/forwarding.ts';
import { loopback } from '../../src/objects/loopback.ts';
import { netns } from '../../src/objects/netns.ts';
import { process } from '../../src/objects/process.ts';
import { sysctl } from '../../src/objects/sysctl.ts';
import type { Wanted } from '../../src/object.ts';
import type { Context } from '../../src/task.ts';
import { attachmentObjects, bridgePlugs } from '../attachment.ts';
import { nameObjects } from '../names.ts';
import { openings } from '../openings.ts';
import { publishObjects } from '../publish.ts';
import { joined, type ContainerOptions } from './options.ts';

/** A container that is a network namespace and, with a command, a process. */
export function netnsObjects(args: ContainerOptions, context: Context): Wanted[] {
  const { name, networks, ip_forward, command, hostname, network_mode: mode } = args;
  const scope = context.scope(name);
  const program = command === undefined ? [] : [process(scope, { argv: command, hostname })];
  // The network is somebody else's, and so is all that belongs to it.
  if (mode === 'host' || joined(args) !== undefined) return program;
  const wanted: Wanted[] = [
    netns(scope),
    // Closed before there is anything to reach.
    ...openings(name, context),
    ...networks.flatMap((network, index) => attachmentObjects(name, network, index, context)),
    // A new namespace may inherit forwarding from the machine; a sysctl task may still ask for it.
    ...([4, 6] as const).map((family) => ({
      ...forwarding(scope, family, ip_forward ?? false),
      weak: ip_forward === undefined,
    })),
    ...parameters(args, scope),
    // All that is inside comes after the attachments, which the host makes: so it is one step.
    loopback(scope),
  ];
  const published = publishObjects(args, bridgePlugs(name, networks, context), context);
  return [...wanted, ...nameObjects(args, context), ...published, ...program];
}

const parameters = ({ sysctls }: ContainerOptions, scope: string): Wanted[] =>
  Object.entries(sysctls).map(([name, value]) => {
    const key = name.replaceAll('.', '/');
    const family = forwardingFamily(key);
    return family === undefined ? sysctl(scope, key, `${value}`) : forwarding(scope, family, `${value}` === '1');
  });
