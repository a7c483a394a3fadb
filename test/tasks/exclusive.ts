import type { World } from '../../src/gather.ts';
import type { Change } from '../../src/object.ts';

/** What an engine or the kernel lets only one have at a time; facts do not tell which ports a container was made with. */
export class Exclusive {
  readonly #published: Map<string, readonly string[]>;

  constructor(published: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#published = new Map(published);
  }

  copy(): Exclusive {
    return new Exclusive(this.#published);
  }

  /** What comes to be by a change, in the world before it. */
  note({ commands }: Change, { engines }: World): void {
    for (const command of commands) {
      const argv = 'argv' in command ? command.argv : [];
      const [program = '', verb, ...rest] = argv;
      const name = rest.find((word) => word.startsWith('--name='))?.slice('--name='.length);
      if (verb === 'create' && name !== undefined) {
        const texts = rest.flatMap((word) => {
          const [, at, protocol = ''] = /^--publish=((?:.*:)?\d+):[^:/]*(\/\w+)?$/.exec(word) ?? [];
          return at === undefined ? [] : [`${at}${protocol}`];
        });
        this.#published.set(`${program} ${name}`, texts);
      }
      if (verb === 'rm') {
        const gone = engines[program as 'docker']?.containers.find(({ id, name: one }) =>
          rest.some((w) => w === id || w === one),
        );
        if (gone) this.#published.delete(`${program} ${gone.name}`);
      }
    }
  }

  check({ engines, nets }: World): void {
    unique('published', [...this.#published.values()].flat());
    unique(
      'subnet',
      (engines.docker?.networks ?? []).flatMap(({ subnets }) => subnets.map(({ subnet }) => subnet)),
    );
    const numbers = (nets['']?.links ?? []).flatMap(({ vxlan }) => (vxlan ? [`${vxlan.id} on ${vxlan.port}`] : []));
    unique('VNI', numbers);
  }
}

function unique(what: string, all: readonly string[]): void {
  const twice = all.filter((one, index) => all.indexOf(one) !== index);
  if (twice.length > 0) throw new Error(`${what} ${twice.join(', ')}: two have it`);
}
