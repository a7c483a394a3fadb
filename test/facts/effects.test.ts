import { expect, test } from 'vitest';
import { HOST } from '../../src/command.ts';
import { addAddress, addLink, removeAddress } from '../../src/facts/effects.ts';
import { Host } from '../tasks/host.ts';

test('an address that two links have goes from one of them, and the route to its subnet stays with the other', () => {
  const { world } = new Host();
  for (const [index, name] of ['nw0', 'nw1'].entries()) {
    addLink(world, HOST, { name, kind: 'bridge', mac: `02:00:00:00:00:0${index}`, mtu: 1500, up: true, group: 0 });
    addAddress(world, HOST, name, '10.0.0.1/24');
  }
  removeAddress(world, HOST, 'nw0', '10.0.0.1/24');
  const routes = world.nets['']!.routes.map(({ to, dev, src }) => ({ to, dev, src }));
  expect(routes).toEqual([{ to: '10.0.0.0/24', dev: 'nw1', src: '10.0.0.1' }]);
});
