import type { ObjectType } from '../object.ts';
import { addressType } from './address.ts';
import { bridgeType } from './bridge.ts';
import { flowType } from './flow.ts';
import { fileType } from './file.ts';
import { forwardingType } from './forwarding.ts';
import { loopbackType } from './loopback.ts';
import { netnsType } from './netns.ts';
import { nftRuleType } from './nft-rule.ts';
import { portType } from './port.ts';
import { processType } from './process.ts';
import { routeType } from './route.ts';
import { sysctlType } from './sysctl.ts';
import { vethType } from './veth.ts';

/** Every type of object that a task may want. */
export const objectTypes = [
  netnsType,
  loopbackType,
  bridgeType,
  vethType,
  portType,
  addressType,
  routeType,
  forwardingType,
  sysctlType,
  nftRuleType,
  flowType,
  fileType,
  processType,
] as readonly ObjectType[];
