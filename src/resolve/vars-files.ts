import { NetwrightError, type Problem } from '../error.ts';
import type { Layer } from '../inventory.ts';
import type { RawPlay } from '../playbook.ts';
import type { Scope } from '../template.ts';
import type { Renderer } from './render.ts';
import { bindingsOf, type Bindings } from './scope.ts';

/** What the `vars_files` of a play say; their names may use what is known without any host. */
export function readVarsFiles(
  { varsFiles }: RawPlay,
  scope: Scope,
  renderer: Renderer,
): { readonly layers: readonly Layer[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  for (const file of varsFiles) {
    const names = file.names.flatMap(({ value, at }) => {
      try {
        return [String(renderer.value(value, at, scope))];
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
        // Of several names, one that cannot be told is one that is not there.
        if (file.names.length === 1) problems.push(...error.problems);
        return [];
      }
    });
    if (names.length === 0) continue;
    const read = file.read(names);
    problems.push(...read.problems);
    layers.push({ name: names.join(', '), vars: read.vars });
  }
  return { layers, problems };
}

/** What a play itself gives its hosts. */
export const givenBy = ({ vars }: RawPlay, files: readonly Layer[], answers: Bindings): Bindings =>
  new Map([...bindingsOf(vars), ...answers, ...files.flatMap((layer) => [...bindingsOf(layer.vars)])]);
