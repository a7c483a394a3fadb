import type { Resolver } from '../resolve.ts';

interface What {
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
}

/** Hosts, chosen tasks and their tags of each play, in the form in which ansible-playbook shows them. */
export function listed(resolver: Resolver, path: string, what: What): string {
  const shown = resolver.plays.map(({ index, raw, name, hosts }) => {
    const tasks = raw.tasks.flatMap((task, place) => {
      // Where handlers run by themselves is no task that anybody wrote, and Ansible shows none that is about the run.
      const isWritten = task.special?.is !== 'meta' && task.handler === undefined;
      if (!isWritten || !resolver.isChosen(index, place)) return [];
      const title = task.name ?? task.kind.kind;
      return [{ title: task.role ? `${task.role.name} : ${title}` : title, tags: task.tags.flat() }];
    });
    return [
      `\n  play #${index + 1} (${raw.hosts}): ${name}\tTAGS: ${list(raw.tags)}`,
      ...(what.listHosts
        ? [
            `    pattern: [${raw.hosts
              .split(',')
              .map((one) => `'${one}'`)
              .join(', ')}]`,
            `    hosts (${hosts.length}):`,
            ...hosts.map((host) => `      ${host}`),
          ]
        : []),
      ...(what.listTasks
        ? ['    tasks:', ...tasks.map(({ title, tags }) => `      ${title}\tTAGS: ${list(tags)}`)]
        : []),
      ...(what.listTags ? [`      TASK TAGS: ${list(tasks.flatMap(({ tags }) => tags))}`] : []),
    ].join('\n');
  });
  return `\nplaybook: ${path}\n${shown.join('\n')}\n`;
}

const list = (tags: readonly string[]): string => `[${[...new Set(tags)].toSorted().join(', ')}]`;
