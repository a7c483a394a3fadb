import type { Command } from '../command.ts';
import type { Problem } from '../error.ts';
import { packageOf, WRITABLE } from '../facts/tools.ts';
import type { World } from '../facts/world.ts';
import { placeOf } from '../source.ts';
import type { LabTask } from './context.ts';
import type { PlannedTask } from './planner.ts';

/** What changes need that the host lacks: known before the first of them, where half of a thing would be left. */
export function lackingPrograms(
  { missing }: World,
  planned: readonly PlannedTask[],
  tasks: readonly LabTask[],
): Problem[] {
  if (missing.length === 0) return [];
  return planned.flatMap(({ key, title, changes }) => {
    const needed = new Set(changes.flatMap(({ commands }) => commands.flatMap(programsOf)));
    const at = tasks.find((task) => task.key === key)?.at;
    return missing
      .filter((name) => needed.has(name))
      .map((name) => ({ ...missed(title, name), place: at && placeOf(at) }));
  });
}

/** Says that something needs what a host lacks. */
export const missed = (who: string, name: string): Problem =>
  name === WRITABLE
    ? {
        code: 'MISSING_CAPABILITY',
        message: `${who} needs kernel parameters, and ${WRITABLE} cannot be written on this host`,
        hint: 'run it outside of the container, or mount /proc/sys for writing',
      }
    : {
        code: 'MISSING_TOOL',
        message: `${who} needs ${name}, which is not on this host`,
        hint: `install ${packageOf(name) ?? name}`,
      };

function programsOf(command: Command): readonly string[] {
  const enter = 'scope' in command && command.scope !== '' ? ['nsenter'] : [];
  switch (command.do) {
    case 'ip':
    case 'nft':
      return [...enter, command.do];
    case 'sysctl':
      return [...enter, WRITABLE];
    case 'run':
      return [...enter, command.argv[0]!];
    case 'start':
      return command.hostname === undefined ? ['setsid'] : ['setsid', 'unshare'];
    default:
      return enter;
  }
}
