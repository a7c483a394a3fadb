export { LEDGER_DIRECTORY } from './facts/ledger.ts';
export { gatherScript } from './facts/script.ts';
export { JOBS, RUN_DIRECTORY } from './facts/run-directory.ts';
export { parseFacts, type Section } from './facts/parse.ts';
export { CAPABILITIES, optionOf } from './facts/capability.ts';
export { ESSENTIAL, PACKAGES, packageOf, WRITABLE } from './facts/tools.ts';
export { readKey, type Read, type World } from './facts/world.ts';
