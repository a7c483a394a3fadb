import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import type { Result, Rig, RigHost, RunOptions } from './rig.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const MAIN = 'dist/src/main.js';

/** Runs the tool on a host itself, in the repository as that host sees it. */
export const onHost = (host: RigHost, argv: readonly string[], options: RunOptions = {}): Promise<Result> =>
  host.exec(['node', MAIN, ...argv], { cwd: ROOT, ...options });

/** Its words for a run from the controller; where it connects, `ssh` needs to be told where the rig is. */
export const controllerArgv = (rig: Rig, argv: readonly string[]): string[] => [
  process.execPath,
  MAIN,
  ...argv,
  ...(argv[0] === 'validate' ? [] : ['--ssh-config', rig.sshConfig]),
];

/** Runs the tool on the controller, which reaches the hosts over ssh. */
export const overSsh = (rig: Rig, argv: readonly string[], options: RunOptions = {}): Promise<Result> =>
  rig.exec(controllerArgv(rig, argv), { cwd: ROOT, ...options });

export interface Running {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
}

/** Starts the tool on the controller, to be killed on the way. */
export function begin(rig: Rig, argv: readonly string[]): Running {
  const child = rig.spawn(controllerArgv(rig, argv), { cwd: ROOT });
  // 128 and the signal's number, as a shell says it.
  const ended = new Promise<number>((resolve) =>
    child.once('close', (code, signal) => {
      resolve(signal ? 128 + constants.signals[signal] : code!);
    }),
  );
  const said = Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  return { child, result: said.then(([stdout, stderr, code]) => ({ code, stdout, stderr })) };
}

/** The exit code is this one; otherwise everything that was said is shown. */
export async function exits(code: number, running: Promise<Result>): Promise<Result> {
  const result = await running;
  expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(code);
  // A bug of ours prints a stack.
  expect(result.stderr).not.toMatch(/has a bug|^\s+at /m);
  return result;
}

export interface Counts {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly unreachable: number;
  readonly exchanges: number;
}

/** What the last lines count, by host. */
export function recapOf(stdout: string): Record<string, Counts> {
  const line = /^RECAP (\S+) +ok (\d+) {2}changed (\d+) {2}failed (\d+) {2}unreachable (\d+).* in (\d+) exchanges?$/gm;
  return Object.fromEntries(
    [...stdout.matchAll(line)].map(([, host, ok, changed, failed, unreachable, exchanges]) => [
      host!,
      {
        ok: Number(ok),
        changed: Number(changed),
        failed: Number(failed),
        unreachable: Number(unreachable),
        exchanges: Number(exchanges),
      },
    ]),
  );
}

/** The lines about tasks that carry one of these signs: `~ Bridge  mtu 1500 -> 1400`, single-spaced. */
export const told = (stdout: string, signs: string): string[] =>
  [...stdout.matchAll(/^ {2}(\S+) +([-+~>?!=]) (.*)$/gm)]
    .filter(([, , sign]) => signs.includes(sign!))
    .map(([, , sign, text]) => `${sign} ${text!.replaceAll(/ {2,}/g, '  ')}`);

/** Everything that means a change. */
export const CHANGES = '-+~!';

export interface Event {
  readonly type: string;
  readonly host?: string;
  readonly title?: string;
  readonly task?: string;
  readonly item?: string;
  readonly sign?: string;
  readonly status?: string;
  readonly detail?: string;
  readonly state?: string;
  readonly problem?: { readonly code: string; readonly message: string };
  readonly hosts?: Readonly<Record<string, Counts>>;
  readonly exit?: number;
}

/** What `--json` printed: an event a line, every one of them whole. */
export const eventsOf = (stdout: string): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);

/** The lines in which two snapshots differ, short enough to read; none if they are byte-identical. */
export function differences(before: string, after: string): string[] {
  if (before === after) return [];
  const [old, now] = [before, after].map((text) => text.split('\n').map((line, index) => [line, index] as const));
  const only = (sign: string, lines: typeof old, others: typeof old): string[] => {
    const there = new Map<string, number>();
    for (const [line] of others!) there.set(line, (there.get(line) ?? 0) + 1);
    return lines!.flatMap(([line]) => {
      const left = there.get(line) ?? 0;
      there.set(line, left - 1);
      return left > 0 ? [] : [`${sign} ${line.slice(0, 300)}`];
    });
  };
  const found = [...only('-', old, now), ...only('+', now, old)];
  return found.length > 0 ? found : ['the order of lines'];
}

/** Every host is byte for byte as it was then. */
export async function expectSame(hosts: readonly RigHost[], before: readonly string[], after = ''): Promise<void> {
  const now = await Promise.all(hosts.map((host) => host.snapshot()));
  const changed = hosts.flatMap(({ name }, index) => {
    const lines = differences(before[index]!, now[index]!);
    return lines.length === 0 ? [] : [{ name, differences: lines.length, lines: lines.slice(0, 20) }];
  });
  expect(changed, after).toEqual([]);
}

export const snapshots = (hosts: readonly RigHost[]): Promise<string[]> =>
  Promise.all(hosts.map((host) => host.snapshot()));

/** Gives a host its own version of a file in the repository, or a new one there; the machine's is not touched. */
export async function writeOn(host: RigHost, path: string, text: string): Promise<void> {
  const { code, stderr } = await host.exec(['sh', '-c', 'cat >"$0"', path], { cwd: ROOT, input: text });
  expect(code, stderr).toBe(0);
}
