import type { Scope } from '../command.ts';
import type { Runtime } from '../facts/engine.ts';
import type { World } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';

interface EngineHosts {
  readonly runtime: Runtime;
  readonly container: string;
  readonly lab: string;
  /** `ADDRESS NAME…` */
  readonly lines: readonly string[];
}

/**
 * Names in the hosts file of an engine's container, which the engine writes anew with every start: a part of it between
 * two marks, in the file as it is, since the container has that mounted (the article, "Editing networking config files").
 */
export const engineHosts = (scope: Scope, data: EngineHosts): Wanted<EngineHosts> => ({
  type: 'engine_hosts',
  scope,
  data,
});

const begin = (lab: string): string => `# netwright ${lab}`;
const end = (lab: string): string => `# end of netwright ${lab}`;

/** What is there of the lab's; nothing where nothing is. */
function partOf({ engineHosts: files }: World, scope: Scope, lab: string): string[] | undefined {
  const lines = files[scope]?.split('\n') ?? [];
  const from = lines.indexOf(begin(lab));
  const to = lines.indexOf(end(lab), from);
  return from < 0 ? undefined : lines.slice(from + 1, to < 0 ? undefined : to);
}

function change(
  scope: Scope,
  { runtime, container, lab, lines }: EngineHosts,
  verb: Change['verb'],
  why: string,
): Change {
  const text = lines.length === 0 ? '' : [begin(lab), ...lines, end(lab), ''].join('\n');
  return {
    verb,
    what: 'names in its hosts file',
    why,
    commands: [{ do: 'hosts', scope, runtime, container, begin: begin(lab), end: end(lab), text }],
    effect: (after) => {
      after.engineHosts[scope] = text;
    },
  };
}

export const engineHostsType: ObjectType<EngineHosts> = {
  type: 'engine_hosts',
  volatile: false,
  shared: false,
  id: () => 'names',
  reads: ({ scope, data: { runtime, container } }) => [
    { fact: 'container', runtime, name: container, scope },
    { fact: 'engine_hosts', runtime, name: container, scope },
  ],
  diff({ scope, data }, { world }) {
    const found = partOf(world, scope, data.lab);
    if (found?.join('\n') === data.lines.join('\n')) return [];
    return [change(scope, data, found ? '~' : '+', found ? 'changed' : 'missing')];
  },
  before: () => ({}),
  remove({ scope, data }, { world }) {
    return partOf(world, scope, data.lab) === undefined ? [] : [change(scope, { ...data, lines: [] }, '-', 'remove')];
  },
};
