import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src/connect.ts';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;
let leave: () => void;

beforeAll(async () => {
  rig = await startRig(50, { hosts: { h7: { ssh: 'dropped' }, h13: { ssh: 'refused' }, h21: { ssh: 'silent' } } });
  leave = rig.enter();
});
afterAll(async () => {
  leave();
  await rig.stop();
});

test('fifty hosts at once, of which three cannot be reached, answer within the bounds of the three', async () => {
  const begun = performance.now();
  const answers = await Promise.all(
    rig.hosts.map(async ({ name }) => {
      try {
        // Fifty logins at once take seconds of two processors, which is nobody's fault.
        const session = await openSession(rig.target(name), { sshConfig: rig.sshConfig, connectTimeoutSeconds: 20 });
        const { sections } = await session.exchange('mark who; hostname; ip -j -d link >/dev/null');
        await session.close();
        return sections.get('who')!.trim();
      } catch (error) {
        return (error as Error).message;
      }
    }),
  );
  const took = (performance.now() - begun) / 1000;
  rig.hosts.forEach(({ name }, index) => {
    if (['h7', 'h13', 'h21'].includes(name)) expect(answers[index]).toMatch(/^\[UNREACHABLE\]/);
    else expect(answers[index]).toBe(name);
  });
  expect(took).toBeLessThan(23);
});

test('forty-seven hosts answer a second exchange in little time', async () => {
  const hosts = rig.hosts.filter(({ name }) => !['h7', 'h13', 'h21'].includes(name));
  const sessions = await Promise.all(
    hosts.map(({ name }) => openSession(rig.target(name), { sshConfig: rig.sshConfig, connectTimeoutSeconds: 30 })),
  );
  const begun = performance.now();
  await Promise.all(sessions.map((session) => session.exchange('mark a; ip -j -d link')));
  expect(performance.now() - begun).toBeLessThan(5000);
  await Promise.all(sessions.map((session) => session.close()));
});
