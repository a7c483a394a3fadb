import { linkGroup } from '../../src/address.ts';
import { readResults, renderApply, type Numbered } from '../../src/apply.ts';
import type { Command } from '../../src/command.ts';
import { readKey, type Read, type World } from '../../src/gather.ts';
import { objectKey, type Change, type Entry, type Ground, type ObjectType, type Wanted } from '../../src/object.ts';
import { objectTypes } from '../../src/objects/index.ts';
import { Kernel } from './kernel.ts';

const LAB = 'lab';

export const typeOf = (name: string): ObjectType => objectTypes.find(({ type }) => type === name)!;

/** A lab on a host of its own that wants one object at a time; it keeps its ledger as the planner does. */
export class Lab {
  readonly kernel: Kernel;
  readonly #reads: readonly Read[];
  readonly #entries = new Map<string, Entry>();

  private constructor(kernel: Kernel, reads: readonly Read[]) {
    this.kernel = kernel;
    this.#reads = reads;
  }

  /** `wanted` is everything that will be looked at. */
  static async start(wanted: readonly Wanted[]): Promise<Lab> {
    const reads = wanted.flatMap((one) => typeOf(one.type).reads(one));
    return new Lab(await Kernel.start(), [...new Map(reads.map((read) => [readKey(read), read])).values()]);
  }

  gather(): World {
    return this.kernel.gather(this.#reads);
  }

  /** What has to be done to have it; the ledger knows of it from now on. */
  want(wanted: Wanted, adopt = false): readonly Change[] {
    const type = typeOf(wanted.type);
    const key = objectKey(type, wanted);
    const ground = this.#ground(key, adopt);
    const changes = taken(type.diff(wanted, ground));
    const claim = type.before(wanted, ground);
    if (claim !== 'foreign') {
      const { type: name, scope, data } = wanted;
      const given = ground.entry === undefined ? claim.before : ground.entry.before;
      const before = given === undefined ? {} : { before: given };
      this.#entries.set(key, { type: name, scope, owners: ['test'], data, ...before });
    }
    return changes;
  }

  /** What has to be done to be rid of it; nothing if the ledger does not know of it. Then `forget` it. */
  remove(wanted: Wanted): readonly Change[] {
    const type = typeOf(wanted.type);
    const key = objectKey(type, wanted);
    const entry = this.#entries.get(key);
    if (!entry) return [];
    return taken(type.remove(entry, this.#ground(key, false)));
  }

  forget(wanted: Wanted): void {
    this.#entries.delete(objectKey(typeOf(wanted.type), wanted));
  }

  /** What the ledger still knows of, last made first. */
  owned(): Wanted[] {
    return [...this.#entries.values()].toReversed();
  }

  run(commands: readonly Command[]): void {
    const numbered = commands.map((command, id): Numbered => ({ id, command }));
    const { text, steps } = renderApply(numbered, {}, '', []);
    const { byCommand } = readResults(steps, this.kernel.exchange(text));
    for (const { id, command } of numbered) {
      const result = byCommand.get(id);
      if (result !== 'done') throw new Error(`${JSON.stringify(command)}: ${JSON.stringify(result)}`);
    }
  }

  #ground(key: string, adopt: boolean): Ground {
    return {
      lab: LAB,
      group: linkGroup(LAB),
      world: this.gather(),
      entry: this.#entries.get(key),
      others: [],
      adopt,
      ownNamespace: (scope) => scope !== '' && this.#entries.has(`/netns:${scope}`),
    };
  }
}

function taken(verdict: ReturnType<ObjectType['diff']>): readonly Change[] {
  if ('refuse' in verdict) throw new Error(`refused: ${verdict.refuse.message}`);
  return verdict;
}
