import { expect } from 'vitest';
import type { Scenario } from './scenarios.ts';

export const macvlan: Scenario = {
  tasks: [
    'macvlan: { name: shim1, parent: eth0, mode: bridge, address: 10.75.0.1/24, mac_address: 02:00:00:00:75:01 }',
    'container: { name: one, networks: [{ macvlan: eth0, address: 10.75.0.2/24, gateway: none }] }',
  ],
  async check(kernel) {
    expect(await kernel.link('shim1')).toMatchObject({ address: '02:00:00:00:75:01' });
    expect(await kernel.addresses('shim1')).toEqual(['10.75.0.1/24']);
    // The host reaches its own macvlans by its shim only.
    expect(await kernel.in('kinds-one').pings('10.75.0.1')).toBe(true);
  },
  changes: [
    {
      from: '10.75.0.1/24',
      to: '10.75.0.9/24',
      told: ['~ macvlan shim1  10.75.0.9/24 missing; 10.75.0.1/24 remove; 10.75.0.9/24 kept'],
      check: async (kernel) => {
        expect(await kernel.addresses('shim1')).toEqual(['10.75.0.9/24']);
      },
    },
  ],
};

export const rule: Scenario = {
  tasks: [
    'container: { name: one }',
    'rule: { from: 10.76.0.0/16, table: 176, priority: 1760 }',
    'rule: { to: 10.77.0.0/16, action: blackhole, priority: 1770, container: one }',
  ],
  async check(kernel) {
    expect((await kernel.run(['ip', 'rule', 'show', 'priority', '1760'])).stdout).toBe(
      '1760:\tfrom 10.76.0.0/16 lookup 176 proto 78\n',
    );
    expect((await kernel.in('kinds-one').run(['ip', 'rule', 'show', 'priority', '1770'])).stdout).toBe(
      '1770:\tfrom all to 10.77.0.0/16 blackhole proto 78\n',
    );
  },
  changes: [
    {
      from: 'table: 176',
      to: 'table: 177',
      told: [
        '+ rule IPv4 1760 from 10.76.0.0/16 table 177  rule 1760 from 10.76.0.0/16 table 177 missing',
        '- prune rule IPv4 1760 from 10.76.0.0/16 table 176  rule 1760 from 10.76.0.0/16 table 176 remove',
      ],
      check: async (kernel) => {
        expect((await kernel.run(['ip', 'rule', 'show', 'priority', '1760'])).stdout).toContain('lookup 177');
      },
    },
  ],
};

export const impair: Scenario = {
  tasks: [
    'container: { name: one }',
    'container: { name: two }',
    'link: { endpoints: [{ container: one, interface: eth0, address: 10.78.0.1/32 }, { container: two, interface: eth0, address: 10.78.0.2/32 }] }',
    'impair: { container: one, interface: eth0, rate: 10mbit, latency: 40ms }',
  ],
  async check(kernel) {
    const inside = kernel.in('kinds-one');
    expect((await inside.run(['tc', 'qdisc', 'show', 'dev', 'eth0'])).stdout).toMatch(/tbf .*rate 10Mbit .*lat 40ms/);
    expect(await inside.pings('10.78.0.2')).toBe(true);
  },
  changes: [
    {
      from: 'rate: 10mbit',
      to: 'rate: 20mbit',
      told: ['~ impair one eth0  eth0 impaired otherwise; now rate 20mbit'],
      check: async (kernel) => {
        const { stdout } = await kernel.in('kinds-one').run(['tc', 'qdisc', 'show', 'dev', 'eth0']);
        expect(stdout).toContain('rate 20Mbit');
      },
    },
  ],
};
