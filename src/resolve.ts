/** Variables, templates, loops and conditions: from plays and hosts to tasks with everything rendered. Pure. */
export { setsOf } from './resolve/given.ts';
export { parseExtraVars } from './resolve/extra-vars.ts';
export { Pending } from './resolve/pending.ts';
export type { ResolvedPlay } from './resolve/plays.ts';
export { createRenderer, type Renderer } from './resolve/render.ts';
export { distinctProblems } from './resolve/distinct.ts';
export type { Verdict } from './resolve/judge.ts';
export type { ResolvedConnection } from './resolve/connection.ts';
export { Resolver } from './resolve/resolver.ts';
export type { ResolverInput, TaskOnHost } from './resolve/resolver.ts';
export { loopResult, resultOf, skippedResult, type Result } from './resolve/result.ts';
export { data, Variables, written, type Binding, type Bindings } from './resolve/scope.ts';
export { resolveTask } from './resolve/task.ts';
export type { BoundTask, DeferredTask, Resolved, ResolvedTask } from './resolve/types.ts';
