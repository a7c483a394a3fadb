import { beforeEach, expect, test } from 'vitest';
import type { Command } from '../../src/command.ts';
import { perform, words } from './perform.ts';
import { onEveryShell } from './shells.ts';

const lease: Command = {
  ...{ do: 'lease', scope: 'web', dev: 'eth0', client: 'udhcpc', hostname: 'web', routes: true },
  ...{ options: [], seconds: 1, digest: 'digest' },
};

// What they do where somebody answers is seen in test/net/dhcp.test.ts.
onEveryShell('a DHCP client', (kernel) => {
  beforeEach(async () => {
    await kernel().sh(`[ -e /run/netns/web ] || ip netns add web
      ip -n web link show dev eth0 >/dev/null 2>&1 || ip -n web link add name eth0 up type veth peer name wire`);
  });

  test('is ended where nobody answers, which is said', async () => {
    const results = await perform(kernel(), [lease]);
    expect(words(results)).toEqual(['failed']);
    expect(JSON.stringify(results)).toContain('no answer from a DHCP server on eth0 in 1 s');
    expect(await kernel().sh('ip netns pids web; ls /run/netwright')).not.toMatch(/\d|eth0/);
  });

  test('that ends by itself has the last word', async () => {
    const results = await perform(kernel(), [{ ...lease, options: ['--no-such-option'] }]);
    expect(words(results)).toEqual(['failed']);
    expect(JSON.stringify(results)).toMatch(/USR2/);
  });

  test('that is not there any more is released all the same', async () => {
    await kernel().sh('mkdir -p /run/netwright; echo "1 1 digest" >/run/netwright/web.eth0.process');
    await kernel().sh('echo 10.1.0.7/24 >/run/netwright/web.eth0.lease; ip -n web addr add 10.1.0.7/24 dev eth0');
    expect(words(await perform(kernel(), [{ do: 'release', scope: 'web', dev: 'eth0' }]))).toEqual(['done']);
    expect(await kernel().sh('ip -n web -4 addr; ls /run/netwright')).not.toMatch(/10\.1\.0\.7|eth0/);
  });
});
