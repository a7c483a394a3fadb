import { NetwrightError, type Problem } from '../error.ts';
import type { Given } from '../playbook.ts';
import { isOn, type ResolvedPlay, type Resolver } from '../resolve.ts';
import type { Written } from '../run.ts';
import { placeOf, type At } from '../source.ts';
import { isDeclarative, isWaiting } from '../task.ts';

interface Own {
  readonly free: boolean;
  readonly maxFailPercentage: number | undefined;
  readonly forceHandlers: boolean;
  readonly written: readonly Written[];
  readonly problems: readonly Problem[];
}

/** What of a play and its tasks is the same on all hosts. */
export function writtenOf(resolver: Resolver, { index, raw }: ResolvedPlay, forceHandlers = false): Own {
  const problems: Problem[] = [];
  const value = (given: Given | undefined): unknown => {
    try {
      return resolver.keyword(index, given);
    } catch (error) {
      if (!(error instanceof NetwrightError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const percentage = value(raw.maxFailPercentage);
  const written = raw.tasks.map((task, place): Written => {
    const procedural = !isDeclarative(task.kind);
    const once = isOn(value(task.runOnce)) || isWaiting(task.kind);
    if (!procedural) {
      const refuse = (word: string, at: At, hint: string): number =>
        problems.push({
          code: 'NOT_FOR_A_STATE',
          message: `${word}: ${task.kind.kind} describes a state of its own host`,
          place: placeOf(at),
          hint,
        });
      if (once) refuse('run_once', task.runOnce!.at, 'name the host with hosts or when');
      if (isOn(task.checkMode?.value))
        refuse('check_mode', task.checkMode!.at, 'netwright plan shows what it would do');
      if (task.delegateTo)
        refuse(String(task.delegateTo.at.path.at(-1)), task.delegateTo.at, 'make it a play for that host');
      if (task.loopControl.pauseSeconds > 0)
        refuse('loop_control.pause', task.at, 'its items are made together; leave pause out');
      if (task.handler !== undefined) refuse('handlers', task.at, 'make it a task; what is so already is left alone');
    }
    return {
      index: place,
      title: task.name ?? task.kind.kind,
      procedural,
      barrier: !isDeclarative(task.kind) && task.kind.barrier === true,
      frames: task.frames,
      once,
      fatal: isOn(value(task.anyErrorsFatal)),
      throttle: task.throttle ?? 0,
      alone: task.ignoreErrors !== undefined,
      handler: task.handler,
      meta: task.special?.is === 'meta' ? task.special.does : undefined,
      includes: task.special?.is === 'included',
    };
  });
  return {
    free: raw.strategy !== 'linear',
    maxFailPercentage: percentage === undefined ? undefined : Number(percentage),
    forceHandlers: raw.forceHandlers ? isOn(value(raw.forceHandlers)) : forceHandlers,
    written,
    problems,
  };
}
