import { expect, it } from 'vitest';
import type { World } from '../../src/gather.ts';
import { contextOf } from '../../src/plan.ts';
import { withSeen } from '../../src/run/seen.ts';

const { context } = contextOf('lab', 'h1', [], new Map());
const one = (name: string, host = 'h1', addresses: readonly string[] = []) => ({ host, name, addresses });
const engine = (name: string, addresses: readonly string[]) => ({
  name,
  endpoints: [{ network: 'bridge', addresses }],
});
const world = (given: object): World => ({ engines: {}, nets: {}, ...given }) as World;
const link = (name: string, ...cidrs: string[]) => ({ name, addresses: cidrs.map((cidr) => ({ cidr })) });

it('adds the addresses that were last seen to those of whom none is planned, on every host', () => {
  const worlds: Record<string, World> = {
    h1: world({
      engines: {
        docker: { containers: [engine('lab-web', ['172.17.0.2', '2001:db8::2']), engine('web', ['10.9.9.9'])] },
      },
      nets: { 'lab-asking': { links: [link('lo', '127.0.0.1/8'), link('eth1', '10.1.0.7/24', 'fe80::1/64')] } },
    }),
    h2: world({ engines: { podman: { containers: [engine('lab-db', ['10.88.0.3', 'no address'])] } } }),
  };
  const all = [one('web'), one('planned', 'h1', ['10.1.0.2/24']), one('asking'), one('db', 'h2'), one('gone', 'h3')];
  const seen = withSeen({ ...context, containers: () => all }, (host) => worlds[host]);
  expect(seen.containers()).toEqual([
    one('web', 'h1', ['172.17.0.2', '2001:db8::2']),
    one('planned', 'h1', ['10.1.0.2/24']),
    one('asking', 'h1', ['10.1.0.7']),
    one('db', 'h2', ['10.88.0.3']),
    one('gone', 'h3'),
  ]);
});
