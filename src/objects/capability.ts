import { optionOf, type Capability } from '../facts/capability.ts';
import type { World } from '../facts/world.ts';
import { refuse, type Verdict } from '../object.ts';

/** A refusal where the kernel lacks what is wanted; nothing where it has it, or where nobody asked. */
export const lacking = ({ capabilities }: World, name: Capability, what: string): Verdict | undefined =>
  capabilities[name] === false
    ? refuse(
        'MISSING_CAPABILITY',
        `${what} needs ${optionOf(name)}, which the kernel of this host lacks`,
        'load or install the module (linux-modules-extra, kernel-modules-extra or the like), or use another kernel',
      )
    : undefined;
