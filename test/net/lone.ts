import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kernel } from './kernel.ts';
import { overSsh } from './netwright.ts';
import type { Rig, RigHost } from './rig.ts';

/** What tests need that have a host of the rig each, with a playbook of its own. */
export const lone = (lab: string, rig: () => Rig) => {
  const argv = (command: string, host: RigHost, path: string, ...more: string[]): string[] => [
    ...[command, path, '-i', `${host.name},`, '--timeout', '4'],
    ...more,
  ];
  return {
    argv,
    playbook: (host: RigHost, tasks: string): string => {
      const path = join(rig().directory, `${host.name}.yml`);
      writeFileSync(path, `- hosts: all\n  lab: ${lab}\n  tasks:${tasks}\n`);
      return path;
    },
    netwright: (...words: Parameters<typeof argv>) => overSsh(rig(), argv(...words)),
  };
};

export const succeeds = async (host: RigHost, line: string): Promise<boolean> =>
  (await host.exec(['sh', '-c', line])).code === 0;

/** Those that the playbooks make. */
export const links = async (host: RigHost): Promise<string[]> =>
  [...(await new Kernel(host).links()).keys()].filter((name) => name.startsWith('nw-')).sort();
