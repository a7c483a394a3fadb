import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import {
  beginScript,
  confirmScript,
  dropScript,
  extendScript,
  lookScript,
  outcomeScript,
  PENDING,
  renderApply,
  revertScript,
} from '../../src/apply.ts';
import type { Command } from '../../src/command.ts';
import { run } from './perform.ts';
import { onEveryShell } from './shells.ts';

const ID = 'a1b2c3d4e5f6';
const DIRECTORY = `/run/netwright/txn/${ID}`;

const script = (...commands: Command[]): string =>
  renderApply(
    commands.map((command, id) => ({ id, command })),
    {},
    '',
    [],
    true,
  ).text;

onEveryShell('changes that wait for their confirmation', (kernel) => {
  const ask = async (text: string): Promise<Record<string, string>> =>
    Object.fromEntries((await kernel().exchange(text)).map(({ name, text: said }) => [name, said.trim()]));
  const begin = async (seconds = 600, undo = script(run('rm', '/run/changed'))): Promise<void> => {
    await ask(beginScript({ id: ID, seconds, apply: script(run('touch', '/run/changed')), undo }));
    expect(await ask(lookScript(ID))).toMatchObject({ 'applied 0': '' });
  };
  const pending = async (): Promise<string | undefined> => (await ask(`mark pending; ${PENDING}`)).pending;
  const isChanged = async (): Promise<boolean> => (await kernel().sh('ls /run')).includes('changed');

  afterEach(async () => {
    // A timer that is left would run into the next test.
    await kernel().sh(`t=$(cat ${DIRECTORY}/timer 2>/dev/null) && kill -9 "-$t" 2>/dev/null || true
      rm -rf /run/netwright/txn /run/changed /run/systemd`);
  });

  test('are taken back when their time is over', async () => {
    await begin(1);
    expect(await isChanged()).toBe(true);
    expect(await pending()).toBe(ID);
    await kernel().sh(`n=0; while [ ! -e ${DIRECTORY}/undo.log ] && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done`);
    expect(await ask(outcomeScript(ID))).toMatchObject({ outcome: 'reverted nobody confirmed it' });
    expect(await isChanged()).toBe(false);
    expect(await pending()).toBe('');
  });

  test('keep their way back after the confirmation, until it is dropped', async () => {
    await begin();
    expect(await ask(confirmScript(ID, false))).toEqual({ outcome: 'confirmed' });
    expect(
      await kernel().sh(`grep -q "^State:.[^Z]" "/proc/$(cat ${DIRECTORY}/timer)/status" 2>/dev/null || echo stopped`),
    ).toBe('stopped\n');
    expect(await pending()).toBe(ID);
    // The timer's own undo comes too late.
    await kernel().sh(`cd ${DIRECTORY} && sh undo.sh`);
    expect(await isChanged()).toBe(true);
    expect(await ask(revertScript(ID, "the other end's fault"))).toEqual({ outcome: "reverted the other end's fault" });
    expect(await isChanged()).toBe(false);
    expect(await pending()).toBe('');
  });

  test('have no way back when it was dropped', async () => {
    await begin();
    await ask(dropScript(ID));
    expect(await pending()).toBe(ID);
    await ask(confirmScript(ID, false));
    await ask(dropScript(ID));
    expect(await pending()).toBe('');
    expect(await ask(revertScript(ID, 'too late'))).toEqual({ outcome: 'confirmed' });
    expect(await isChanged()).toBe(true);
  });

  test('cannot be confirmed once they are being taken back', async () => {
    await begin();
    await ask(revertScript(ID, 'asked for'));
    expect(await ask(confirmScript(ID, true))).toEqual({ outcome: 'reverted asked for' });
    expect(await ask(extendScript(ID, 600))).toEqual({ outcome: 'reverted asked for' });
    expect(await isChanged()).toBe(false);
  });

  test('wait while they are being taken back, and an undo that was ended half way begins anew', async () => {
    await begin(
      600,
      script(run('sh', '-c', '[ -e /run/again ] || { touch /run/again; sleep 600; }'), run('rm', '/run/changed')),
    );
    await kernel().sh(`cd ${DIRECTORY} && { setsid sh undo.sh first >/dev/null 2>&1 & echo $! >/run/undo; }
      while [ ! -e /run/again ]; do sleep 0.1; done`);
    expect(await pending()).toBe(ID);
    await kernel().sh('kill -9 "-$(cat /run/undo)"; rm /run/undo');
    expect(await pending()).toBe(ID);
    expect(await ask(revertScript(ID, 'second'))).toEqual({ outcome: 'reverted first' });
    expect(await isChanged()).toBe(false);
    expect(await pending()).toBe('');
  });

  test('give the undo to a timer of systemd where that is at work', async () => {
    const [directory] = kernel().shells.split(':');
    const tell = (name: string): void => {
      writeFileSync(join(directory!, name), `#!/bin/sh\nprintf '%s|' ${name} "$@" >>/run/systemd/said\n`, {
        mode: 0o755,
      });
    };
    tell('systemd-run');
    tell('systemctl');
    await kernel().sh('mkdir -p /run/systemd/system');
    await begin(60);
    const said = async (): Promise<string> =>
      (await kernel().sh('cat /run/systemd/said; rm /run/systemd/said')).replaceAll('|', ' ');
    const unit = `netwright-revert-${ID}-[0-9a-f]{6}`;
    const armed = (seconds: number): string =>
      `systemd-run --quiet --unit=${unit} --on-active=${seconds}s --timer-property=AccuracySec=100ms --property=KillMode=process /bin/sh ${DIRECTORY}/undo.sh `;
    expect(await said()).toMatch(new RegExp(`^${armed(60)}$`));
    await ask(extendScript(ID, 90));
    expect(await said()).toMatch(new RegExp(`^systemctl stop ${unit}.timer ${armed(90)}$`));
    await ask(confirmScript(ID, true));
    expect(await said()).toMatch(new RegExp(`^systemctl stop ${unit}.timer $`));
    expect(await isChanged()).toBe(true);
  });

  test('are not begun where there is no room for the undo', async () => {
    await kernel().sh('mkdir -p /run/netwright/txn; mount -t tmpfs -o size=4k full /run/netwright/txn');
    const text = beginScript({ id: ID, seconds: 60, apply: script(run('touch', '/run/changed')), undo: script() });
    expect(await ask(`{ ${text}\n} 2>/dev/null`)).toHaveProperty('not armed');
    expect(await pending()).toBe('');
    await kernel().sh('umount /run/netwright/txn');
    expect(await isChanged()).toBe(false);
  });
});
