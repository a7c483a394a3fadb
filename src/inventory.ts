/** Hosts, groups and patterns. Pure: files are read through what is handed in. */
export { assignments } from './inventory/assignments.ts';
export { connectionOf } from './inventory/connection.ts';
export type { Become, Connection, ConnectionDefaults, Lookup } from './inventory/connection.ts';
export { graph, hostVariables, listing } from './inventory/export.ts';
export type { Files, Ran } from './inventory/files.ts';
export { readVariables } from './inventory/folder.ts';
export { selectLimit } from './inventory/limit.ts';
export { implicitHost } from './inventory/local.ts';
export { hostsOf, layersOf } from './inventory/model.ts';
export type { Group, Host, Inventory, Layer, Variable, VarsFolder } from './inventory/model.ts';
export { selectHosts, type Selection } from './inventory/pattern.ts';
export { expandRange } from './inventory/range.ts';
export { parseInventory, readInventories, type ReadInventory } from './inventory/read.ts';
export { splitWords } from './inventory/words.ts';
