/** Thrown where a value is asked for that a task registers which has not run yet. Not an error: the answer waits. */
export class Pending extends Error {
  override readonly name = 'Pending';
  readonly register: string;
  /** The name of the task. */
  readonly task: string;

  constructor(register: string, task: string) {
    super(`needs the result of ${task} (register ${register})`);
    this.register = register;
    this.task = task;
  }
}
