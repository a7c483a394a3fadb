import { linkGroup } from '../../src/address.ts';
import { readResults, renderApply, type Numbered } from '../../src/apply.ts';
import type { Command } from '../../src/command.ts';
import { readKey, type Read, type World } from '../../src/gather.ts';
import { objectKey, type Change, type Entry, type Ground, type ObjectType, type Wanted } from '../../src/object.ts';
import { objectTypes } from '../../src/objects/index.ts';
import { Kernel } from './kernel.ts';

const LAB = 'lab';

const typeOf = (name: string): ObjectType => objectTypes.find(({ type }) => type === name)!;

/** What would have to be done, and on what that is based. */
export interface Plan {
  readonly world: World;
  readonly changes: readonly Change[];
}

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

  gather(): Promise<World> {
    return this.kernel.gather(this.#reads);
  }

  /** The ledger knows of it from now on. */
  async want(wanted: Wanted, adopt = false): Promise<Plan> {
    const type = typeOf(wanted.type);
    const key = objectKey(type, wanted);
    const ground = this.#ground(await this.gather(), key, adopt);
    const changes = taken(type.diff(wanted, ground));
    const claim = type.before(wanted, ground);
    if (claim !== 'foreign') {
      const { type: name, scope, data } = wanted;
      const given = ground.entry === undefined ? claim.before : ground.entry.before;
      const before = given === undefined ? {} : { before: given };
      this.#entries.set(key, { type: name, scope, owners: ['test'], data, ...before });
    }
    return { world: ground.world, changes };
  }

  /** Nothing if the ledger does not know of it. When it is done, `forget` it. */
  async remove(wanted: Wanted): Promise<Plan> {
    const type = typeOf(wanted.type);
    const key = objectKey(type, wanted);
    const entry = this.#entries.get(key);
    const world = await this.gather();
    return { world, changes: entry ? taken(type.remove(entry, this.#ground(world, key, false))) : [] };
  }

  forget(wanted: Wanted): void {
    this.#entries.delete(objectKey(typeOf(wanted.type), wanted));
  }

  /** What the ledger still knows of, last made first. */
  owned(): Wanted[] {
    return [...this.#entries.values()].toReversed();
  }

  async run(commands: readonly Command[]): Promise<void> {
    const numbered = commands.map((command, id): Numbered => ({ id, command }));
    const { text, steps } = renderApply(numbered, {}, '', []);
    const { byCommand } = readResults(steps, await this.kernel.exchange(text));
    for (const { id, command } of numbered) {
      const result = byCommand.get(id);
      if (result !== 'done') throw new Error(`${JSON.stringify(command)}: ${JSON.stringify(result)}`);
    }
    if (commands.some((command) => command.do === 'ip' && command.argv.slice(0, 2).join(' ') === 'netns del')) {
      await this.kernel.atRest();
    }
  }

  #ground(world: World, key: string, adopt: boolean): Ground {
    return {
      lab: LAB,
      group: linkGroup(LAB),
      world,
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
