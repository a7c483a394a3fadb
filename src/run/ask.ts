import type { Emit } from '../report.ts';
import type { Transaction } from './transaction.ts';

/** Asks the person at the terminal whether the changes are good; nothing while nobody has answered. */
export type Ask = (question: string, signal: AbortSignal) => Promise<boolean>;

/** Asks the person at the terminal for a text; nothing if the run was ended meanwhile. */
export type Prompt = (question: string, hidden: boolean, signal?: AbortSignal) => Promise<string | undefined>;

const POLL_MS = 500;

/** Whom to ask, if there is somebody, and whether the run is still wanted. */
interface Asking {
  readonly ask: Ask | undefined;
  readonly isStopped: boolean;
}

/**
 * No connection of ours proves anything about this very machine, so somebody has to say that it can still be reached:
 * here at the terminal, or with `netwright confirm` from elsewhere.
 */
export async function byPerson(
  asking: Asking,
  host: string,
  transaction: Transaction,
  emit: Emit,
  drop: boolean,
): Promise<void> {
  const seconds = Math.floor(transaction.left);
  const question = `keep the changes of ${host}? They are taken back in ${seconds} seconds`;
  emit({ type: 'message', text: `  ${host}  waits ${seconds} seconds for "netwright confirm"` });
  const over = new AbortController();
  let answer: boolean | undefined;
  void asking.ask?.(question, over.signal).then(
    (said) => (answer = said),
    () => undefined,
  );
  try {
    while (transaction.left > 0) {
      if (asking.isStopped) throw await transaction.takeBack('the run was interrupted');
      const outcome = await transaction.outcome();
      if (outcome.startsWith('confirmed')) return;
      if (outcome !== '') throw await transaction.takeBack(outcome.replace(/^reverted /, ''));
      if (answer === true) {
        await transaction.confirm(drop);
        return;
      }
      if (answer === false) throw await transaction.takeBack('it was not confirmed');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw await transaction.takeBack('nobody confirmed it');
  } finally {
    over.abort();
  }
}
