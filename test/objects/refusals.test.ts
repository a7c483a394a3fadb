import { describe, expect, test } from 'vitest';
import { HOST } from '../../src/command.ts';
import type { Wanted } from '../../src/object.ts';
import { address } from '../../src/objects/address.ts';
import { file } from '../../src/objects/file.ts';
import { netns } from '../../src/objects/netns.ts';
import { route } from '../../src/objects/route.ts';
import { Lab } from './lab.ts';

const LINK = 'ip link add name br0 type bridge; ip link set dev br0 up';

/** A host on which `script` has run, before and after we have got what we own. */
async function labWith(
  script: string,
  owned: readonly Wanted[],
  then = '',
  looked: readonly Wanted[] = owned,
): Promise<Lab> {
  const lab = await Lab.start(looked);
  await lab.kernel.sh(script);
  for (const wanted of owned) for (const { commands } of (await lab.want(wanted)).changes) await lab.run(commands);
  if (then !== '') await lab.kernel.sh(then);
  return lab;
}

const first = address(HOST, 'br0', '10.0.0.1/24');

describe.concurrent('what somebody else has is not lost with what is ours', () => {
  test.each([
    [
      'a gateway is reached by our address only',
      'ip route add 10.5.0.0/16 via 10.0.0.9',
      /10\.5\.0\.0\/16 via 10\.0\.0\.9.*10\.0\.0\.1\/24/,
    ],
    ['our address is its source', 'ip route add 10.5.0.0/16 dev br0 src 10.0.0.1', /10\.5\.0\.0\/16/],
    [
      'it has several gateways',
      'ip route add 10.5.0.0/16 nexthop via 10.0.0.8 nexthop via 10.0.0.9',
      /10\.5\.0\.0\/16/,
    ],
    ['it has more to it than we could write again', 'ip route add 10.5.0.0/16 dev br0 mtu 1400', /10\.5\.0\.0\/16/],
  ])('a route: %s', async (_, script, message) => {
    const lab = await labWith(LINK, [first], script);
    await expect(lab.remove(first)).rejects.toThrow(message);
    lab.kernel.stop();
  });

  test('a route that is not ours is not changed, nor one taken over that we could not give back', async () => {
    const ours = route(HOST, { family: 4, to: '10.5.0.0/16', via: '10.0.0.8' });
    const theirs = 'ip addr add 10.0.0.1/24 dev br0; ip route add 10.5.0.0/16 via 10.0.0.9 mtu 1400';
    const lab = await labWith(`${LINK}; ${theirs}`, [], '', [ours]);
    await expect(lab.want(ours)).rejects.toThrow(/not ours/);
    await expect(lab.want(ours, true)).rejects.toThrow(/give back/);
    lab.kernel.stop();
  });

  test('a namespace and a file of the same name are not touched', async () => {
    const ours = [netns('web'), file('/run/text', 'ours\n')] as const;
    const lab = await labWith('ip netns add web; echo theirs >/run/text', [], '', ours);
    for (const wanted of ours) await expect(lab.want(wanted)).rejects.toThrow(/not ours/);
    lab.kernel.stop();
  });

  test('a file that somebody has changed since is left alone', async () => {
    const ours = file('/run/text', 'ours\n');
    const lab = await labWith(':', [ours], 'echo theirs >/run/text');
    expect((await lab.remove(ours)).changes).toEqual([]);
    lab.kernel.stop();
  });
});
