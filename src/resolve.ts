/** Variables, templates, loops and conditions: from plays and hosts to tasks with everything rendered. Pure. */
export { setByFailure, setsOf } from './resolve/given.ts';
export { parseExtraVars } from './resolve/extra-vars.ts';
export { Pending } from './resolve/pending.ts';
export type { ResolvedPlay } from './resolve/plays.ts';
export { createRenderer, type ReadSources, type Renderer } from './resolve/render.ts';
export { distinctProblems } from './resolve/distinct.ts';
export type { Verdict } from './resolve/judge.ts';
export type { ResolvedConnection } from './resolve/connection.ts';
export { createResolver } from './resolve/expand.ts';
export { isOn, type How } from './resolve/how.ts';
export { Resolver } from './resolve/resolver.ts';
export type { Chosen } from './resolve/select.ts';
export type { ResolverInput } from './resolve/input.ts';
export { mentionsFacts, type FactsByHost } from './resolve/facts.ts';
export { loopResult, resultOf, skippedResult, type Result } from './resolve/result.ts';
export { data, Variables, written, type Binding, type Bindings } from './resolve/scope.ts';
export { resolveTask } from './resolve/task.ts';
export type { BoundTask, DeferredTask, TaskOnHost, Resolved, ResolvedTask } from './resolve/types.ts';
