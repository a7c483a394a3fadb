import { openSession, type Session, type Target } from '../connect.ts';
import { EXIT, NetwrightError, worst, type Exit } from '../error.ts';
import type { Emit } from '../report.ts';
import type { FleetOptions } from './fleet-options.ts';
import { forks } from './forks.ts';

/** Does something with every host over a session of its own, without lock and ledger; one that is lost costs itself. */
export async function withTargets(
  targets: ReadonlyMap<string, Target>,
  emit: Emit,
  options: FleetOptions,
  work: (host: string, session: Session) => Promise<Exit>,
): Promise<Exit> {
  const exits = await forks([...targets.values()], options.forks, async (target): Promise<Exit> => {
    const { name } = target;
    if (options.stop?.aborted === true) return EXIT.interrupted;
    let session: Session | undefined;
    try {
      session = await openSession(target, options);
      return await work(name, session);
    } catch (error) {
      if (!(error instanceof NetwrightError)) throw error;
      for (const problem of error.problems) emit({ type: 'host', host: name, state: 'unreachable', problem });
      return error.exit;
    } finally {
      await session?.close();
    }
  });
  return worst(...exits, ...(options.stop?.aborted === true ? [EXIT.interrupted] : []));
}
