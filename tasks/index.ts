import type { Kind } from '../src/task.ts';
import { assert } from './assert.ts';
import { bridge } from './bridge.ts';
import { command } from './command.ts';
import { container } from './container.ts';
import { debug } from './debug.ts';
import { fail } from './fail.ts';
import { dockerNetwork } from './docker-network.ts';
import { link } from './link.ts';
import { reach } from './reach.ts';
import { route } from './route.ts';
import { setFact } from './set-fact.ts';
import { shell } from './shell.ts';
import { sysctl } from './sysctl.ts';

/** Every kind of task, by the order of the documentation. */
export const kinds: readonly Kind[] = [
  bridge,
  container,
  dockerNetwork,
  link,
  route,
  sysctl,
  command,
  shell,
  reach,
  assert,
  fail,
  debug,
  setFact,
];
