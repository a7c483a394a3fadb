import { expect } from 'vitest';
import { readResults, renderApply, type Rendered } from '../../src/apply.ts';
import { readKey, type Read } from '../../src/gather.ts';
import { ledgerReads, readsOf, type HostPlan } from '../../src/plan.ts';
import type { Kernel } from '../objects/kernel.ts';
import type { Case, Tasks } from './case.ts';
import { changesOf, firstReads, LAB, planWith, type Options } from './plan.ts';

// What the cases need to be tried on a real kernel.

/** It can neither be rebooted nor lack a program, and no engine and no DHCP server run there: test/net has those. */
export const canBeTried = ({ written }: Case): boolean =>
  !written.reboot && !written.missing && !written.lacks && !/docker|"dhcp":/.test(JSON.stringify(written));

/** Whether this machine's kernel lacks what the case needs. */
export async function lacksSomething(kernel: Kernel, { written }: Case): Promise<boolean> {
  const { capabilities } = await kernel.gather((written.needs ?? []).map((name) => ({ fact: 'capability', name })));
  return Object.values(capabilities).includes(false);
}

export async function planOn(kernel: Kernel, lab: string, tasks: Tasks, options: Options): Promise<HostPlan> {
  const { world } = await lookFor(kernel, lab, tasks, options);
  return planWith(world, lab, tasks, options);
}

/** Looks as a run does: again only where the ledger knows of more. */
export async function lookFor(kernel: Kernel, lab: string, tasks: Tasks, options: Options) {
  const reads = firstReads(lab, tasks, options);
  const world = await kernel.gather(reads);
  const known = new Set(reads.map(readKey));
  const more = ledgerReads(world, lab).filter((read) => !known.has(readKey(read)));
  const all = [...reads, ...more];
  return { reads: all, world: { ...(more.length === 0 ? world : await kernel.gather(all)), missing: [] } };
}

/** The script that makes a plan's changes. */
export function scriptOf(plan: HostPlan, lab: string): Rendered {
  const commands = changesOf(plan).flatMap((change) => change.commands);
  const numbered = commands.map((command, id) => ({ id, command }));
  const final = Object.keys(plan.final.entries).length === 0 ? { removed: lab } : plan.final;
  return renderApply(numbered, { intent: plan.intent, final }, '', []);
}

export async function apply(kernel: Kernel, lab: string, tasks: Tasks, options: Options): Promise<void> {
  const plan = await planOn(kernel, lab, tasks, options);
  expect(plan.problems).toEqual([]);
  const { text, steps } = scriptOf(plan, lab);
  const { byCommand, ledger } = readResults(steps, await kernel.exchange(text));
  const numbered = steps.flatMap(({ commands }) => commands);
  const failed = numbered.filter(({ id }) => byCommand.get(id) !== 'done');
  expect([ledger, failed.map(({ id, command }) => [command, byCommand.get(id)])]).toEqual([undefined, []]);
}

/** Everything that any task of the case looks at, and firewalls. */
export function everything(given: Case): Read[] {
  const others = Object.keys(given.written.labs ?? {}).map((lab) => [lab, ['labs', lab]] as const);
  const lists = [...others, [LAB, ['given']] as const, [LAB, ['tasks']] as const];
  const reads = lists.flatMap(([lab, path]) => readsOf(lab, 'h1', given.tasks(lab, path).states));
  return [...reads, { fact: 'nft', scope: '' }, { fact: 'iptables' }, { fact: 'accept_ra' }];
}

export const SETUP = `
mountpoint -q /etc/resolv.conf || { cat /etc/resolv.conf >/run/resolv.conf; mount --bind /run/resolv.conf /etc/resolv.conf; }
mountpoint -q /etc/netns || { mkdir -p /etc/netns; mount -t tmpfs etc /etc/netns; echo 0 | tee /proc/sys/net/bridge/*call-ip* >/dev/null; }`;

/** What the pretended shell of ./shell.ts has in short. */
export const shellLine = (line: string): string =>
  line
    .replace('type dummy', 'type ifb')
    .replace(/^kill (\S+)$/, 'kill -9 $(ip netns pids $1)')
    .replace(
      /^listen tcp (\d+)$/,
      'setsid busybox nc -ll -p $1 -e true >/dev/null 2>&1 & until ss -Hlnt | grep -q ":$1 "; do sleep 0.05; done',
    )
    .replace(/^write (\S+) (.*)$/, 'mkdir -p $(dirname $1); echo $2 >$1; chmod 644 $1');
