import type { Emit, Event } from './report/events.ts';
import { eventLines, type LineOptions } from './report/lines.ts';

export { EVENTS_VERSION, type Emit, type Event, type HostCounts, type Status } from './report/events.ts';
export { cells } from './report/cells.ts';
export { describeChanges, describePlanned, HIDDEN, describeSteps } from './report/changes.ts';
export { annotationOf, annotations } from './report/github.ts';
export { junitText } from './report/junit.ts';
export { profileLines, type Spent } from './report/profile.ts';
export { progressLines, type Doing } from './report/progress.ts';

/** Turns events into lines for people. `write` gets whole lines. */
export function lineReporter(write: (text: string) => void, options: LineOptions): Emit {
  const widths = { host: 0, title: 0 };
  return (event: Event) => {
    for (const line of eventLines(event, widths, options)) write(`${line}\n`);
  };
}

/** One JSON object per event and line; the last one is the recap. */
export function jsonReporter(write: (text: string) => void): Emit {
  return (event: Event) => {
    write(`${JSON.stringify(event)}\n`);
  };
}
