import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controllerArgv, eventsOf, overSsh, ROOT } from '../net/netwright.ts';
import { startRig, type Rig } from '../net/rig.ts';
import { settled } from './kernel.ts';
import { compare, exactly, type Row, type Task } from './measure.ts';

const HOSTS = 10;
const RUNS = 9;
const FOLDER = 'test/bench/fleet';
const LAB = [`${FOLDER}/lab.yml`, '-i', 'inventory/lab.yml'];

/** Ten hosts over ssh, to a person's own script over one cold ssh per host. */
export async function fleet(): Promise<Row[]> {
  const rig = await startRig(HOSTS);
  try {
    const reset = async (): Promise<void> => {
      const text = readFileSync(join(ROOT, FOLDER, 'reset.sh'), 'utf8');
      await Promise.all(rig.hosts.map((host) => host.sh(text)));
      await settled();
    };
    const netwright: Task = { run: () => succeeds(rig, controllerArgv(rig, ['run', ...LAB])) };
    const make = byHand(rig, 'make.sh');
    const check = byHand(rig, 'check.sh');

    // Both make the same, as one and the same check finds.
    await reset();
    await make.run();
    await check.run();
    await reset();
    await netwright.run();
    await check.run();
    const rows = [
      await compare('10 hosts, nothing to do, to its checks by hand', RUNS, 1.5, netwright, check),
      ...(await ansible(rig, netwright)),
      await compare(
        '10 hosts from nothing, to a script by hand',
        RUNS,
        2,
        { before: reset, ...netwright },
        { before: reset, ...make },
      ),
    ];
    for (const count of [4, 40]) {
      await reset();
      const found = `${await exchanges(rig, count)}, then ${await exchanges(rig, count)}`;
      rows.push(exactly(`exchanges per host, ${count} containers: from nothing, nothing to do`, found, '2, then 1'));
    }
    return rows;
  } finally {
    await rig.stop();
  }
}

/** One cold ssh per host, all at once. */
const byHand = (rig: Rig, script: string): Task => {
  const each =
    'config=$1 script=$2; shift 2; for host; do ssh -F "$config" "$host" sh <"$script" & all="$all $!"; done';
  const line = `all=; ${each}; for one in $all; do wait "$one" || exit; done`;
  const hosts = rig.hosts.map(({ name }) => name);
  return { run: () => succeeds(rig, ['sh', '-c', line, 'sh', rig.sshConfig, `${FOLDER}/${script}`, ...hosts]) };
};

/** The same checks as the one task of a playbook of Ansible's, where it is installed. */
async function ansible(rig: Rig, netwright: Task): Promise<Row[]> {
  if (!existsSync('/usr/bin/ansible-playbook')) return [];
  const argv = ['ansible-playbook', '-i', rig.inventory(), '-f', String(HOSTS), `${FOLDER}/ansible.yml`];
  const task: Task = { run: () => succeeds(rig, argv) };
  return [await compare('the same checks as one task of Ansible, to netwright', 3, undefined, task, netwright)];
}

async function succeeds(rig: Rig, argv: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await rig.exec(argv, { cwd: ROOT });
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
}

/** Of every host, in a run with so many containers on each. */
async function exchanges(rig: Rig, count: number): Promise<string> {
  const containers = Array.from({ length: count }, (_, index) => `c${index + 1}`);
  const { code, stdout, stderr } = await overSsh(rig, ['run', ...LAB, '--json', '-e', JSON.stringify({ containers })]);
  if (code !== 0) throw new Error(stderr);
  const hosts = eventsOf(stdout).at(-1)?.hosts ?? {};
  return [...new Set(Object.values(hosts).map((counts) => counts.exchanges))].join(' or ');
}
