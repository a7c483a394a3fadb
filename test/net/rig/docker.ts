import { basename } from 'node:path';
import { until } from './process.ts';
import type { RigHost } from './host.ts';

/** A real dockerd, as any `docker` on that host finds it. */
export interface Docker {
  /** An image with busybox and nothing else; containers of it need no network to be fetched. */
  readonly image: string;
  /** Ends the daemon; with `KILL` as by a crash. */
  stop(signal?: 'TERM' | 'KILL'): Promise<void>;
  start(): Promise<void>;
}

const IMAGE = 'rig/busybox:1';

export async function startDocker(host: RigHost, directory: string): Promise<Docker> {
  const start = async (): Promise<void> => {
    await host.sh(
      `setsid dockerd --data-root /var/lib/docker --exec-root /run/docker --pidfile /run/docker.pid \\
        --host unix:///run/docker.sock --cgroup-parent ${cgroupOf(directory)} </dev/null >>/var/log/dockerd.log 2>&1 &`,
    );
    const up = async (): Promise<boolean> => (await host.exec(['docker', 'version'])).code === 0;
    await until(up, 60_000, `dockerd on ${host.name}`);
  };
  await start();
  await host.sh(`if ! docker image inspect ${IMAGE} >/dev/null 2>&1; then
    d=$(mktemp -d); mkdir "$d/bin"; cp "$(command -v busybox)" "$d/bin/"
    for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$d/bin/$applet"; done
    tar -C "$d" -c . | docker import - ${IMAGE} >/dev/null; rm -r "$d"; fi`);
  return {
    image: IMAGE,
    start,
    stop: async (signal = 'TERM') => {
      await host.sh(`p=$(cat /run/docker.pid); kill -s ${signal} "$p"; while [ -d "/proc/$p" ]; do sleep 0.05; done`);
    },
  };
}

// Control groups are the machine's: those of the containers bear the rig's name, and around.sh removes them.
const cgroupOf = (directory: string): string => `/${basename(directory)}`;
