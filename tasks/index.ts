import type { Kind } from '../src/task.ts';
import { assert } from './assert.ts';
import { asyncStatus } from './async-status.ts';
import { attach } from './attach.ts';
import { bridge } from './bridge.ts';
import { command } from './command.ts';
import { container } from './container.ts';
import { copy } from './copy.ts';
import { debug } from './debug.ts';
import { dockerDaemon } from './docker-daemon.ts';
import { dockerNetwork } from './docker-network.ts';
import { dummy } from './dummy.ts';
import { fail } from './fail.ts';
import { firewall } from './firewall.ts';
import { impair } from './impair.ts';
import { ipvlan } from './ipvlan.ts';
import { file } from './file.ts';
import { lineinfile } from './lineinfile.ts';
import { link } from './link.ts';
import { macvlan } from './macvlan.ts';
import { ndpProxy } from './ndp-proxy.ts';
import { packages } from './package.ts';
import { pause } from './pause.ts';
import { reach } from './reach.ts';
import { route } from './route.ts';
import { rule } from './rule.ts';
import { script } from './script.ts';
import { service } from './service.ts';
import { setFact } from './set-fact.ts';
import { setup } from './setup.ts';
import { shell } from './shell.ts';
import { stat } from './stat.ts';
import { sysctl } from './sysctl.ts';
import { vlan } from './vlan.ts';
import { vxlan } from './vxlan.ts';
import { template } from './template.ts';
import { waitFor } from './wait-for.ts';

/** Every kind of task, by the order of the documentation. */
export const kinds: readonly Kind[] = [
  bridge,
  container,
  attach,
  dockerNetwork,
  dockerDaemon,
  link,
  vxlan,
  vlan,
  macvlan,
  ipvlan,
  dummy,
  route,
  rule,
  firewall,
  ndpProxy,
  sysctl,
  impair,
  command,
  shell,
  script,
  reach,
  assert,
  fail,
  debug,
  setFact,
  setup,
  copy,
  template,
  file,
  stat,
  lineinfile,
  packages,
  service,
  waitFor,
  asyncStatus,
  pause,
];
