import type { Frame } from '../playbook.ts';

/** Where one host is among the blocks of a play. Tasks are asked about in the order of the playbook. */
export class Flow {
  /** The frames around each failure that nothing took care of yet; a later one happened inside of an `always`. */
  readonly #failures: (readonly Frame[])[] = [];
  /** Blocks whose `rescue` is under way, or was. */
  readonly #rescued = new Set<number>();
  /** The handlers that have to run, by their places. */
  readonly notified = new Set<number>();
  /** It does nothing more in this play, and did not fail. */
  ended = false;

  get isFailed(): boolean {
    return this.#failures.length > 0;
  }

  /** Whether a task with these frames is to be done now. Beginning a rescue ends the failure that it is for. */
  admits(frames: readonly Frame[]): boolean {
    if (this.ended) return false;
    const failure = this.#failures.at(-1);
    if (failure === undefined) return frames.every(({ block, part }) => part !== 'rescue' || this.#rescued.has(block));
    const shared = frames.findIndex((frame, index) => !isSame(frame, failure[index]));
    const [own, theirs] = [frames[shared], failure[shared]];
    if (own === undefined || theirs?.block !== own.block) return false;
    if (frames.slice(shared + 1).some(({ part, block }) => part === 'rescue' && !this.#rescued.has(block)))
      return false;
    if (own.part === 'always') return theirs.part !== 'always';
    if (own.part !== 'rescue' || theirs.part !== 'block') return false;
    this.#rescued.add(own.block);
    this.#failures.splice(this.#failures.findIndex((one) => isSame(one[shared], theirs)));
    return true;
  }

  /** Says that a task with these frames failed. Answers whether a rescue is going to take care of it. */
  fail(frames: readonly Frame[]): boolean {
    this.#failures.push(frames);
    return isRescuable(frames);
  }

  /** It failed, and no rescue is going to take care of that. */
  get isLost(): boolean {
    return this.isFailed && !this.#failures.some((frames) => isRescuable(frames));
  }

  /** Whether some part of a block around the failure may still be to come. */
  get hasMore(): boolean {
    return this.#failures.at(-1)?.some(({ part }) => part !== 'always') ?? false;
  }

  /** Forgets every failure. */
  clear(): void {
    this.#failures.length = 0;
  }
}

const isRescuable = (frames: readonly Frame[]): boolean =>
  frames.some(({ part, rescues }) => part === 'block' && rescues);

const isSame = (a: Frame | undefined, b: Frame | undefined): boolean => a?.block === b?.block && a?.part === b?.part;
