import type { Frame } from '../playbook.ts';
import type { Emit } from '../report.ts';
import type { Fleet, Member } from './fleet.ts';
import type { Stepper } from './step.ts';
import type { Play, Project } from './project.ts';

/** What everything in the run of one play shares. */
export interface Run {
  readonly project: Project;
  readonly play: Play;
  readonly fleet: Fleet;
  readonly emit: Emit;
  readonly step?: Stepper | undefined;
  /** Whether what left the playbook goes away. */
  readonly prune: boolean;
  /** Whether the play ends before its next batch. */
  readonly over: { play: boolean };
  /** Says that a task with these frames failed on a host; counts it unless that is done. */
  readonly fail: (member: Member, frames: readonly Frame[], isCounted?: boolean) => void;
}
