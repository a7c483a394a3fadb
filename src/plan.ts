export { hasPrunes, planHost, planPart, type HostInput, type HostPlan } from './plan/host.ts';
export { missed } from './plan/lacking.ts';
export type { PlannedTask } from './plan/planner.ts';
export { contextOf, readsOf, scopeOf, type LabTask } from './plan/context.ts';
export { checkLab } from './plan/check.ts';
export { ledgerReads } from './plan/ledger.ts';
export { onLedgers } from './plan/sound.ts';
export { addressesAfter, touchesCarrier, touchesTunnel } from './plan/carrier.ts';
