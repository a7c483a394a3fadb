import { setTimeout } from 'node:timers/promises';
import { differences } from '../netwright.ts';
import { PHASES, type Phase } from './failpoints.ts';
import { Stage, type Transition } from './transitions.ts';

/** A transition that has come to its end once. */
interface Course {
  readonly transition: Transition;
  /** What each step changes. */
  readonly steps: readonly string[];
  /** The host when all is done, and when the lab is destroyed. */
  readonly whole: string;
  readonly gone: string;
}

/** Something that happens at a step of a transition. */
export interface Point {
  readonly course: Course;
  readonly at: number;
  readonly phase: Phase;
}

/**
 * Of one sort are steps that change the same things by the same command, whatever its options; who only listens tells
 * the commands apart.
 */
function sortOf(step: string, phase: Phase): string {
  const [label = '', command = ''] = step.split(': ');
  const words = command.split(' ').slice(0, 3).join(' ');
  return phase === 'alone' ? `${phase} : ${words}` : `${phase} ${label}: ${words}`;
}

/** Which sorts have been tried. */
export class Sweep {
  readonly sorts = new Set<string>();
  readonly #stride: number;
  #seen = 0;

  /** Besides each sort, every so many of all points are tried. */
  constructor(stride: number) {
    this.#stride = stride;
  }

  /** Runs it to its end once, and answers what is to be tried with it; undefined where nothing changes. */
  async pointsOf(transition: Transition, before: Promise<unknown>, chose: () => void): Promise<Point[] | undefined> {
    const stage = await Stage.set(transition, true);
    try {
      const steps = await stage.run();
      // They choose one after another, so that it is the same every time.
      await before;
      const chosen = steps && this.#choose(steps);
      chose();
      if (!chosen || chosen.length === 0) return chosen && [];
      const course = await finish(stage, transition, steps);
      return chosen.map((point) => ({ ...point, course }));
    } finally {
      stage.end();
    }
  }

  #choose(steps: readonly string[]): Omit<Point, 'course'>[] {
    const all = steps.flatMap((step, index) => phasesOf(step).map((phase) => ({ step, at: index + 1, phase })));
    return all.filter(({ step, phase }) => {
      const turn = this.#seen++ % this.#stride === 0;
      // What runs on by itself, and what prepares it, has nobody to say to that it failed.
      if (phase === 'unacknowledged' && /: (hostname|exec "\$)/.test(step)) return false;
      const sort = sortOf(step, phase);
      const isNew = !this.sorts.has(sort);
      this.sorts.add(sort);
      return turn || isNew;
    });
  }
}

/** Only files are torn, and what runs on by itself cannot say that it failed. */
const phasesOf = (step: string): Phase[] =>
  PHASES.filter((phase) => {
    if (phase === 'torn') return /: (printf|echo|cat) .*> ["/]/.test(step) && !step.includes('/proc/');
    return phase !== 'unacknowledged' || !step.includes(': exec setsid');
  });

async function finish(stage: Stage, transition: Transition, steps: readonly string[]): Promise<Course> {
  await stage.settled(`${transition.name}, run again`);
  const whole = await stage.look();
  await stage.destroy();
  if (stage.without !== undefined) await becomes(stage.without, stage, `${transition.name}, destroyed`);
  return { transition, steps, whole, gone: await stage.look() };
}

/** Some things, such as taking a namespace apart, go on a little after the command has returned. */
async function becomes(wanted: string, stage: Stage, label: string): Promise<void> {
  for (let wait = 25; ; wait *= 2) {
    const found = await stage.look();
    if (found === wanted) return;
    if (wait > 4000) throw new Error(`${label}:\n${differences(wanted, found).slice(0, 20).join('\n')}`);
    await setTimeout(wait);
  }
}

/**
 * What was ended before a step is run once more, and that makes it whole; what was ended after one, or within one, is
 * destroyed, and the host is byte for byte as it was. As "after one step" is "before the next", every state in which a
 * run can be left meets both. Where only who asked is gone, the host goes on and is whole without him.
 */
export async function tryPoint({ course, at, phase }: Point): Promise<void> {
  const { transition, steps, whole, gone } = course;
  const label = `${transition.name}, ${phase} step ${at} (${steps[at - 1]})`;
  const stage = await Stage.set(transition);
  try {
    await stage.kill(at, phase);
    if (phase === 'alone') {
      await becomes(whole, stage, label);
      await stage.settled(label);
      return;
    }
    // What was given up on demand before the end does not come back.
    const converges = phase === 'before' || phase === 'unacknowledged' || transition.given.written.leaves;
    if (converges) {
      await stage.again(label);
      await becomes(whole, stage, label);
    } else {
      await stage.destroy();
      await becomes(gone, stage, `${label}, destroyed`);
    }
  } finally {
    stage.end();
  }
}
