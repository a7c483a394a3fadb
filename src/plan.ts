export { planHost, type HostInput, type HostPlan, type PlannedTask } from './plan/host.ts';
export { contextOf, readsOf, type LabTask } from './plan/context.ts';
export { checkLab } from './plan/check.ts';
export { ledgerReads } from './plan/ledger.ts';
export { addressesAfter, touchesCarrier } from './plan/carrier.ts';
