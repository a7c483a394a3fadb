import { createRequire } from 'node:module';
import type { Builder } from 'junit-report-builder';
import { printable } from '../error.ts';
import type { Event } from './events.ts';

/** A JUnit report: a suite for each play, a case for each host and task. What it took is known of the whole only. */
export function junitText(events: readonly Event[]): string {
  // CommonJS behind an ECMAScript name; loaded only when somebody asks for a report.
  const builder = (createRequire(import.meta.url)('junit-report-builder') as Builder).newBuilder();
  let suite = builder.testSuite().name('netwright');
  const recap = events.find((event) => event.type === 'recap');
  if (recap) suite.property('exit', String(recap.exit));
  for (const event of events) {
    if (event.type === 'play') suite = builder.testSuite().name(printable(event.name === '' ? event.lab : event.name));
    else if (event.type === 'task') {
      const one = suite.testCase().className(event.host).name(printable(event.title));
      if (event.status === 'failed') one.failure(printable(event.detail), 'failed');
      else if (event.status === 'skipped') one.skipped();
      else if (event.detail !== '') one.standardOutput(printable(`${event.sign} ${event.detail}`));
    } else if (event.type === 'host') {
      const one = suite.testCase().className(event.host).name(event.state);
      one.error(printable(event.problem.message), event.problem.code);
    }
  }
  return builder.build();
}
