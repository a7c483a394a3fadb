import { DiskFiles } from '../../src/cli/files.ts';
import { formatProblem } from '../../src/error.ts';
import { graph, listing, readInventories, type Inventory } from '../../src/inventory.ts';
import { layOut, type Case } from './case.ts';

/** What an inventory prints: both lists as values, the graphs as text. */
export interface Printed {
  readonly list: unknown;
  readonly export: unknown;
  readonly graph: string;
  /** Left out where values have types that JSON does not know. */
  readonly vars?: string;
}

/** Reads the inventories of a case from a disk, in a folder of its own. */
export function readHere(folder: string, one: Case): { inventory: Inventory; problems: readonly string[] } {
  layOut(folder, one);
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { inventory, problems } = readInventories({ inventories: one.inventory }, new DiskFiles());
    return { inventory, problems: problems.map(formatProblem) };
  } finally {
    process.chdir(before);
  }
}

export const printed = (inventory: Inventory, { plain = true }: Case): Printed => ({
  list: asJson(listing(inventory, false)),
  export: asJson(listing(inventory, true)),
  graph: `${graph(inventory, 'all', false)}\n`,
  ...(plain ? { vars: `${graph(inventory, 'all', true)}\n` } : {}),
});

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
