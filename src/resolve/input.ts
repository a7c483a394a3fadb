import type { Problem } from '../error.ts';
import type { ConnectionDefaults, Inventory, Layer } from '../inventory.ts';
import type { RawPlay } from '../playbook.ts';
import type { Secrets } from '../secret.ts';
import type { Templates } from '../template.ts';
import type { FactsByHost } from './facts.ts';
import type { Surroundings } from './lookup.ts';
import type { InventorySource, Mode } from './magic.ts';
import type { Asking } from './prompts.ts';
import type { Revealing } from './render.ts';
import type { Chosen } from './select.ts';

/** Everything of which a resolver makes tasks. */
export interface ResolverInput {
  /** The playbook's path. */
  readonly playbook: string;
  readonly plays: readonly RawPlay[];
  readonly inventory: Inventory;
  readonly templates: Templates;
  /** The hosts that `--limit` leaves; all of them if absent. */
  readonly limit?: readonly string[] | undefined;
  /** How many tasks there may be, for all hosts and items together. */
  readonly mostTasks?: number | undefined;
  readonly extraVars?: Layer | undefined;
  readonly chosen?: Chosen | undefined;
  readonly mode?: Mode | undefined;
  readonly inventorySource?: InventorySource | undefined;
  /** Asks the person at the terminal, once for each variable; without it, answers have to wait. */
  readonly ask?: Asking | undefined;
  /** What the command line says of connections. */
  readonly connection?: ConnectionDefaults | undefined;
  /** What was seen of the hosts; absent before they are looked at. */
  readonly facts?: FactsByHost | undefined;
  /** What is wrong already. */
  readonly problems?: readonly Problem[] | undefined;
  /** Opens what is encrypted in place. */
  readonly reveal?: Revealing['reveal'] | undefined;
  readonly secrets?: Secrets | undefined;
  readonly readSources?: Revealing['read'];
  /** What lookups may know of the project; absent where there is none. */
  readonly surroundings?: Surroundings | undefined;
}
