export type { Section } from './connect/frame.ts';
export { LOCK_DESCRIPTOR } from './connect/runner.ts';
export { openSession, type SessionOptions } from './connect/open.ts';
export type { ExchangeOptions, Reply, Session } from './connect/session.ts';
export type { Target } from './connect/target.ts';
export type { Progress, Watch } from './connect/watch.ts';
