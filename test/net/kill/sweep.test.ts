import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { isDeclarative } from '../../../src/task.ts';
import { kinds } from '../../../tasks/index.ts';
import { differences } from '../netwright.ts';
import type { Phase } from './failpoints.ts';
import { Stage, transitionsOf, type Transition } from './transitions.ts';

// Every kind's cases, on a kernel, with the run ended (everything of ours on the host killed at once) before and after
// each step that changes something. What was ended before a step is run once more, and that makes it whole; what was
// ended after one, which so nobody was told of, is destroyed, and the host is byte for byte as it was. As "after one
// step" is "before the next", every state in which a run can be left meets both. Things of others with names like ours
// are part of every comparison.
//
// NETWRIGHT_TORTURE=1 takes every point of every transition. The ordinary test takes each sort of step once in both
// phases, and every so many of the rest.
const STRIDE = Number(process.env.NETWRIGHT_STRIDE ?? (process.env.NETWRIGHT_TORTURE === undefined ? 12 : 1));
/** At once; two cores wait a lot. */
const WORKERS = 4;

interface Course {
  readonly transition: Transition;
  /** What each step of an uninterrupted run changes. */
  readonly steps: readonly string[];
  /** The host when all is done, and when the lab is destroyed. */
  readonly whole: string;
  readonly gone: string;
}

interface Point {
  readonly course: Course;
  readonly at: number;
  readonly phase: Phase;
}

let total = 0;
const seen = new Set<string>();

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

/** Some things, such as taking a namespace apart, go on a little after the command has returned. */
async function becomes(wanted: string, stage: Stage, label: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const found = await stage.look();
    if (found === wanted) return;
    if (tries === 40) expect(differences(wanted, found), label).toEqual([]);
    await setTimeout(50);
  }
}

async function courseOf(transition: Transition): Promise<Course | undefined> {
  const stage = await Stage.set(transition, true);
  try {
    const steps = await stage.run();
    if (!steps) return undefined;
    await stage.again('run again');
    const whole = await stage.look();
    await stage.destroy();
    if (stage.without !== undefined) await becomes(stage.without, stage, `${transition.name}, destroyed`);
    return { transition, steps, whole, gone: await stage.look() };
  } finally {
    stage.end();
  }
}

/** Each sort of step in each phase once, then evenly over the rest. */
function chosen(courses: readonly Course[]): Point[] {
  return courses
    .flatMap((course) =>
      course.steps.flatMap((step, index) =>
        (['before', 'after'] as const).map((phase) => ({ sort: `${step} ${phase}`, at: index + 1, phase, course })),
      ),
    )
    .filter(({ sort }, index) => {
      const isNew = !seen.has(sort);
      seen.add(sort);
      return isNew || index % STRIDE === 0;
    });
}

async function check({ course, at, phase }: Point): Promise<void> {
  const { transition, steps, whole, gone } = course;
  const label = `${transition.name}, killed ${phase} step ${at} (${steps[at - 1]})`;
  const stage = await Stage.set(transition);
  try {
    await stage.kill(at, phase);
    // What was given up on demand before the end does not come back.
    if (phase === 'before' || transition.given.written.leaves) {
      await stage.again(label);
      await becomes(whole, stage, label);
    } else {
      await stage.destroy();
      await becomes(gone, stage, label);
    }
  } finally {
    stage.end();
  }
}

describe('a run that is killed at any step is made whole by one more, or leaves nothing when destroyed', () => {
  test.each(kinds.filter(isDeclarative).map(({ kind }) => kind))('%s', { timeout: 1_800_000 }, async (kind) => {
    const failures: string[] = [];
    const fails = (name: string, error: unknown): undefined => void failures.push(`${name}: ${String(error)}`);
    const courses: Course[] = [];
    await inParallel(transitionsOf(kind), async (transition) => {
      const course = await courseOf(transition).catch((error: unknown) => {
        fails(transition.name, error);
      });
      if (course) courses.push(course);
    });
    expect(failures).toEqual([]);
    // The same points every time, in whatever order the courses came.
    const points = chosen(courses.toSorted((a, b) => (a.transition.name < b.transition.name ? -1 : 1)));
    await inParallel(points, async (point) => {
      await check(point).catch((error: unknown) => {
        fails(point.course.transition.name, error);
      });
    });
    expect(failures).toEqual([]);
    total += points.length;
    console.log(`${kind}: ${points.length} kill points in ${courses.length} transitions`);
  });
});

afterAll(() => {
  console.log(`${total} kill points`);
});
