import { printable } from '../error.ts';
import type { Run } from './context.ts';
import type { Fleet, Member } from './fleet.ts';
import { forks } from './forks.ts';
import { labsOf, type Play, type Project } from './project.ts';

/** A play without a name is known by its place. */
export const keyOf = ({ plays }: Project, play: Play): string => play.name || `#${plays.indexOf(play) + 1}`;

/** The handlers of a play that its hosts owe since an earlier run have been notified already. */
export function remember({ project, play, emit }: Run, members: readonly Member[]): void {
  const key = keyOf(project, play);
  for (const { name: host, run, flow } of members) {
    for (const name of run?.owed.names(play.lab, key) ?? []) {
      const places = play.handlersNamed(name);
      const text = `  ${host}  owes the handler "${printable(name)}" since an earlier run`;
      if (places.length > 0) emit({ type: 'message', text });
      else run?.owed.done(play.lab, key, name);
      for (const place of places) flow.notified.add(place);
    }
  }
}

/** What belongs to plays that are not there any more is not owed any more. */
export function forgetPlays(project: Project, fleet: Fleet): void {
  for (const { name, run } of fleet.members) {
    for (const lab of labsOf(project, name)) {
      const plays = project.plays.filter((play) => play.lab === lab);
      run?.owed.keepPlays(lab, new Set(plays.map((play) => keyOf(project, play))));
    }
  }
}

const namesOf = ({ play }: Run, places: readonly number[]): string[] => places.map((place) => play.handlerName(place));

/** Says, before it is done, whom a task may notify; the answer takes that back. */
export const ahead = (run: Run, member: Member, places: readonly number[]): (() => void) =>
  member.run!.owed.ahead(run.play.lab, keyOf(run.project, run.play), namesOf(run, places));

export function notify(run: Run, member: Member, places: readonly number[]): void {
  for (const place of places) member.flow.notified.add(place);
  const key = keyOf(run.project, run.play);
  for (const name of namesOf(run, places)) member.run!.owed.add(run.play.lab, key, name);
}

/** A handler has run, or need not. */
export function handled(run: Run, member: Member, place: number): void {
  for (const name of namesOf(run, [place])) member.run!.owed.done(run.play.lab, keyOf(run.project, run.play), name);
}

/** At the end of a play: what is still owed, as by hosts that failed, is on their disks. */
export async function noteOwed(fleet: Fleet, members: readonly Member[]): Promise<void> {
  const reached = members.filter(({ state, run }) => run?.world && (state === 'fine' || state === 'failed'));
  await forks(reached, fleet.forks, (member) => fleet.attempt(member, () => member.run!.noteOwed()));
}
