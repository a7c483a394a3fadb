/** Thrown where a value is asked for that a task registers which has not run yet. Not an error: the answer waits. */
export class Pending extends Error {
  override readonly name = 'Pending';
  readonly register: string;
  /** The name of the task. */
  readonly task: string;

  /** It waits for no task, but for the first look at the host. */
  readonly isLook: boolean;

  constructor(register: string, task: string, isLook = false) {
    super(isLook ? `needs ${register}, which ${task} tells` : `needs the result of ${task} (register ${register})`);
    this.register = register;
    this.task = task;
    this.isLook = isLook;
  }
}
