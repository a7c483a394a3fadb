import type { ObjectType } from '../object.ts';
import { addressType } from './address.ts';
import { announcementType } from './announcement.ts';
import { bridgeType } from './bridge.ts';
import { engineContainerType } from './engine-container.ts';
import { engineDaemonType } from './engine-daemon.ts';
import { engineEndpointType } from './engine-endpoint.ts';
import { engineHostsType } from './engine-hosts.ts';
import { engineNetworkType } from './engine-network.ts';
import { childType, vlanType } from './child.ts';
import { flowType } from './flow.ts';
import { fileType } from './file.ts';
import { forwardingType } from './forwarding.ts';
import { impairmentType } from './impairment.ts';
import { leaseType } from './lease.ts';
import { loopbackGuardType } from './loopback-guard.ts';
import { hostPortType } from './host-port.ts';
import { loopbackType } from './loopback.ts';
import { neighProxyType } from './neigh-proxy.ts';
import { netnsType } from './netns.ts';
import { nicType } from './nic.ts';
import { nftChainType } from './nft-chain.ts';
import { nftRuleType } from './nft-rule.ts';
import { portType } from './port.ts';
import { portVlansType } from './port-vlans.ts';
import { processType } from './process.ts';
import { raisedType } from './raised.ts';
import { resolverType } from './resolver.ts';
import { routeType } from './route.ts';
import { sandboxType } from './sandbox.ts';
import { ruleType } from './rule.ts';
import { sysctlType } from './sysctl.ts';
import { vethType } from './veth.ts';
import { vxlanType } from './vxlan.ts';

/** Every type of object that a task may want. */
export const objectTypes = [
  netnsType,
  loopbackType,
  bridgeType,
  vethType,
  childType,
  vlanType,
  nicType,
  raisedType,
  vxlanType,
  portType,
  portVlansType,
  addressType,
  announcementType,
  leaseType,
  routeType,
  ruleType,
  impairmentType,
  forwardingType,
  sysctlType,
  nftRuleType,
  nftChainType,
  neighProxyType,
  hostPortType,
  flowType,
  fileType,
  resolverType,
  processType,
  engineDaemonType,
  engineNetworkType,
  engineContainerType,
  engineEndpointType,
  sandboxType,
  engineHostsType,
  loopbackGuardType,
] as readonly ObjectType[];
