import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAIN, ROOT } from '../net/netwright.ts';
import { startRig } from '../net/rig.ts';
import { settled } from './kernel.ts';
import { compare, type Row, type Task } from './measure.ts';

const COUNT = 1000;
const FOLDER = 'test/bench/many';

/** A thousand containers on one host, to a person's own script there. */
export async function many(): Promise<Row[]> {
  const rig = await startRig(1);
  const host = rig.host('h1');
  try {
    const succeeds = async (argv: readonly string[]): Promise<void> => {
      const { code, stdout, stderr } = await host.exec(argv, { cwd: ROOT });
      if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${stdout.slice(-2000)}\n${stderr}`);
    };
    const reset = async (): Promise<void> => {
      await host.sh(readFileSync(join(ROOT, FOLDER, 'reset.sh'), 'utf8'));
      await settled();
    };
    const byHand = (script: string): Task => ({ run: () => succeeds(['sh', `${FOLDER}/${script}`, String(COUNT)]) });
    const netwright: Task = {
      run: () => succeeds([process.execPath, MAIN, 'run', `${FOLDER}/lab.yml`, '-e', `count=${COUNT}`]),
    };
    await netwright.run();
    return [
      await compare('1,000 containers, nothing to do, to looking by hand', 5, 1.5, netwright, byHand('look.sh')),
      await compare(
        '1,000 containers from nothing, to ip -batch by hand',
        3,
        2,
        { before: reset, ...netwright },
        { before: reset, ...byHand('make.sh') },
      ),
    ];
  } finally {
    await rig.stop();
  }
}
