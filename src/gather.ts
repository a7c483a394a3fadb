export { gatherScript, RUN_DIRECTORY } from './facts/script.ts';
export { parseFacts, type Section } from './facts/parse.ts';
export { readKey, type Read, type World } from './facts/world.ts';
