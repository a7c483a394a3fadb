/** Files of a host as kinds see them before they decide: what was seen, by path, and what a change makes of it. */
export { isDecimalMistake, modeOf } from './files/mode.ts';
export { followed, lookScript, parseLooks, lookKey, type Look } from './files/look.ts';
export { ABSENT, type FileState, type Packages, type Seen, type Service } from './files/state.ts';
