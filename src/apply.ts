export { TIDY } from './apply/tidy.ts';
export { renderApply, type Rendered, type Writes } from './apply/script.ts';
export { readResults, type Result, type Results } from './apply/results.ts';
export type { Numbered } from './apply/schedule.ts';
export {
  beginScript,
  confirmScript,
  dropScript,
  extendScript,
  lookScript,
  outcomeScript,
  PENDING,
  revertScript,
  sectionsOf,
} from './apply/transaction.ts';
