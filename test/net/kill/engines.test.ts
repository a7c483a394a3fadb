import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isDeclarative } from '../../../src/task.ts';
import { kinds } from '../../../tasks/index.ts';
import { readCase, type Written } from '../../tasks/case.ts';
import { CHANGES, exits, onHost, ROOT, told, writeOn } from '../netwright.ts';
import { startRig, type Rig, type RigHost } from '../rig.ts';
import { PODMAN, toPodman } from '../rig/podman.ts';

// What ./sweep.test.ts cannot have, as it takes a daemon: the cases of every kind that an engine is needed for, found by
// that. The script that makes the changes is killed before, or after, a call of docker, podman, ip or what restarts a
// daemon; then one more run makes it whole, or destroy leaves what was there. NETWRIGHT_TORTURE=1 takes every point; the
// ordinary test some of each kind.
const TORTURE = process.env.NETWRIGHT_TORTURE !== undefined;
const SHIM = readFileSync(join(import.meta.dirname, 'engine-shim.sh'), 'utf8');
/** What a case may say to be done on a real daemon as it is written. */
const PLAIN = new Set(['foreign', 'given', 'tasks', 'plan', 'notes', 'commands', 'files']);

interface Transition {
  readonly name: string;
  readonly written: Written;
}

function transitionsOf(kind: string): Transition[] {
  const folder = join(ROOT, 'test/tasks', kind.replaceAll('_', '-'));
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, written: readCase(join(folder, name)).written }))
    .filter(({ written: { foreign = [], ...rest } }) => {
      const isPlain = foreign[0] === 'dockerd' && foreign.slice(1).every((line) => /^docker run .*\w+$/.test(line));
      // No registry can be asked for a digest here.
      const isHere = !/"image":"[^"]*@/.test(JSON.stringify(rest));
      return isPlain && isHere && Object.keys(rest).every((key) => PLAIN.has(key));
    });
}

/** Those that podman can do as well: without networks of Docker's. */
function byPodman(transitions: readonly Transition[]): Transition[] {
  return transitions.flatMap(({ name, written }) => {
    const text = JSON.stringify(written);
    if (!text.includes('"runtime":"docker"') || /"(docker_network|network\w*|links|publish)":[^[]/.test(text))
      return [];
    return [{ name, written: JSON.parse(text.replaceAll('"runtime":"docker"', '"runtime":"podman"')) as Written }];
  });
}

const byKind = kinds.filter(isDeclarative).map(({ kind }) => [kind, transitionsOf(kind)] as const);
const swept = [...byKind, ['podman', byPodman(transitionsOf('container'))] as const].filter(
  ([, transitions]) => transitions.length > 0,
);

/** The images that the cases name. */
const images = new Set([...JSON.stringify(swept).matchAll(/"image":"([^"@]+)"/g)].map(([, image]) => image!));

let rig: Rig;
let host: RigHost;

const STATE = `ls /etc/docker; cat /etc/docker/daemon.json 2>/dev/null || :; ip -br addr show docker0; docker network inspect bridge -f '{{range .IPAM.Config}}{{.Subnet}} {{.IPRange}}{{end}} {{.Options}}'
docker ps -a --format '{{.Names}}' | sort; podman ps -a --format '{{.Names}}' | sort; docker network ls --format '{{.Name}}' | sort; nft list tables
ip -br link | sed 's/[@ ].*//' | grep -v ^veth | sort; find /run/netns /etc/netns /var/lib/netwright -mindepth 1 2>/dev/null | sort`;

beforeAll(async () => {
  rig = await startRig(1, { hosts: { h1: { docker: true, prepare: PODMAN } } });
  host = rig.host('h1');
  const { image } = await host.startDocker();
  await host.sh(`docker create --name model ${image} sleep 3600; docker commit model busybox; docker rm model
    for i in ${[...images].join(' ')}; do docker tag busybox "$i"; done; ${toPodman('busybox')}
    docker network create near; docker create --name lab-webs busybox; mkdir -p /run/kill`);
  for (const name of ['docker', 'podman', 'ip', 'cp', 'xargs', 'touch', 'rm']) {
    await writeOn(host, `/usr/local/sbin/${name}`, SHIM);
    await host.sh(`chmod +x /usr/local/sbin/${name}`);
  }
});
afterAll(() => rig.stop());

const run = async (tasks: readonly unknown[] = []) => {
  await writeOn(host, '/tmp/lab.yml', JSON.stringify([{ hosts: 'localhost', lab: 'lab', tasks }]));
  return onHost(host, ['run', '/tmp/lab.yml', '--lock-timeout', '30']);
};
const destroy = () => exits(0, onHost(host, ['destroy', '--lab', 'lab', '--lock-timeout', '30']));

/** Sets the stage, and goes from there to the tasks, with something happening on the way; false where that was over before. */
async function goes({ written }: Transition, at: number, mode: string): Promise<boolean> {
  if (written.given) await exits(0, run(written.given));
  await writeOn(host, '/run/kill/seen', '0\n');
  await writeOn(host, '/run/kill/at', `${at} ${mode}\n`);
  const { code } = await run(written.tasks);
  const fired = (await host.sh('[ -e /run/kill/at ] || echo fired; rm -f /run/kill/at')) !== '';
  if (fired) expect(code, `killed ${mode} call ${at}`).not.toBe(0);
  return fired;
}

test('there are kinds that need an engine', () => {
  expect(swept.map(([kind]) => kind)).toEqual(
    expect.arrayContaining(['attach', 'container', 'docker_daemon', 'docker_network', 'podman']),
  );
});

/** From a call on, each of them or only that; how many there were. */
async function sweep(
  transition: Transition,
  mode: 'before' | 'after',
  from: number,
  isWhole: boolean,
): Promise<number> {
  const theirs = (transition.written.foreign ?? []).slice(1).map((line) => /\w+$/.exec(line)![0]);
  for (const name of theirs) await host.sh(`docker run -d --network=none --name ${name} busybox`);
  const clean = await host.sh(STATE);
  let points = 0;
  for (let at = from; await goes(transition, at, mode); at++) {
    points += 1;
    if (mode === 'before') {
      await exits(0, run(transition.written.tasks));
      const again = await exits(0, run(transition.written.tasks));
      expect(told(again.stdout, CHANGES), `${transition.name}, ${mode} call ${at}`).toEqual([]);
    }
    await destroy();
    const message = `${transition.name}, ${mode} call ${at}, destroyed`;
    await expect.poll(() => host.sh(STATE), { timeout: 10_000, message }).toBe(clean);
    if (!isWhole) break;
  }
  await destroy();
  for (const name of theirs) await host.sh(`docker rm -f ${name}`);
  return points;
}

test.each(swept)('%s', { timeout: 3_600_000 }, async (kind, transitions) => {
  let points = 0;
  for (const [turn, transition] of transitions.entries()) {
    if (TORTURE) {
      for (const mode of ['before', 'after'] as const) points += await sweep(transition, mode, 1, true);
    } else if (kind === 'docker_daemon') {
      // Nothing else of ours leaves an engine stopped.
      if (transition.name === 'creates-the-file.yml') points += await sweep(transition, 'before', 1, true);
    } else if (turn === 0) {
      points += await sweep(transition, 'before', 1, false);
    } else if (turn === transitions.length >> 1) {
      points += await sweep(transition, 'after', 3, false);
    }
  }
  console.log(`${kind}: ${points} kill points`);
  expect(points).toBeGreaterThan(kind === 'docker_daemon' ? 2 : 0);
});
