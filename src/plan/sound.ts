import { batchLine, shellLine, type Command } from '../command.ts';
import { EXIT, NetwrightError, printable } from '../error.ts';
import { LEDGER_DIRECTORY } from '../facts/ledger.ts';
import type { World } from '../facts/world.ts';
import type { PlannedTask } from './planner.ts';

/**
 * Does what rests on a host's ledgers. Those may be of another version, damaged, or forged: then it is the host that
 * fails, and neither the run nor any other host.
 */
export function onLedgers<T>(host: string, { ledgers }: World, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof NetwrightError || Object.keys(ledgers).length === 0) throw error;
    throw new NetwrightError(
      {
        code: 'LEDGER_UNUSABLE',
        message: `${host}: what ${LEDGER_DIRECTORY} remembers there cannot be used (${printable(String(error)).slice(0, 200)})`,
        hint: 'another version of netwright wrote it, or it is damaged; moved away, what carries two marks is still known',
      },
      EXIT.failed,
      error,
    );
  }
}

/** Throws where a word is none: what the ledger says becomes words of commands, and no pattern has looked at it. */
export function assertWords(tasks: readonly PlannedTask[]): void {
  for (const { commands, undo = [] } of tasks.flatMap(({ changes }) => changes)) {
    for (const command of [...commands, ...undo]) {
      if (command.do === 'ip') batchLine(command.argv);
      shellLine(wordsOf(command));
    }
  }
}

/** What of a command is quoted for a shell. */
function wordsOf(command: Command): readonly string[] {
  const scope = 'scope' in command ? [command.scope] : [];
  switch (command.do) {
    case 'ip':
    case 'run':
    case 'start':
      return [...scope, ...command.argv];
    case 'sysctl':
      return [...scope, command.key, command.value];
    case 'write':
      return [command.path, command.mode, command.content];
    case 'unlink':
      return [command.path];
    case 'sandbox':
      return [...scope, command.container];
    case 'daemon':
      return [command.content, command.mode];
    default:
      return scope;
  }
}
