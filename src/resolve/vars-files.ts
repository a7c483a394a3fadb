import { NetwrightError, type Problem } from '../error.ts';
import type { Layer } from '../inventory.ts';
import type { RawPlay } from '../playbook.ts';
import { holdsTemplate } from '../template.ts';
import { unseen } from './facts.ts';
import { Pending } from './pending.ts';
import type { Renderer } from './render.ts';
import { bindingsOf, type Bindings, type Otherwise, type Variables } from './scope.ts';
import type { Scopes } from './scopes.ts';

/** What a play itself gives its hosts: its variables, what a person answered, and its files of variables. */
export interface PlayGiven {
  /** The files. */
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
  readonly given: Bindings;
  /** What stands for names that nothing binds, as long as a file is not known. */
  readonly otherwise?: Otherwise;
}

/** The same for all plays; where the name of a file is a template, each host may have another one. */
export class PlaysGiven {
  /** Of the files that are the same for all hosts. */
  readonly problems: readonly Problem[];
  readonly #plays: readonly RawPlay[];
  readonly #answers: readonly Bindings[];
  readonly #renderer: Renderer;
  readonly #scopes: Scopes;
  readonly #everybody: readonly PlayGiven[];
  readonly #hosts = new Map<string, PlayGiven>();

  constructor(plays: readonly RawPlay[], answers: readonly Bindings[], scopes: Scopes, renderer: Renderer) {
    this.#scopes = scopes;
    this.#plays = plays;
    this.#answers = answers;
    this.#renderer = renderer;
    this.#everybody = plays.map((play, index): PlayGiven => {
      const given = givenBy(play, [], answers[index]!);
      if (differByHost(play)) return { layers: [], problems: [], given };
      const { layers, problems } = readFiles(play, scopes.nobody, renderer);
      return { layers, problems, given: givenBy(play, layers, answers[index]!) };
    });
    this.problems = this.#everybody.flatMap(({ problems }) => problems);
  }

  /** What is known without any host. */
  everybody(play: number): Bindings {
    return this.#everybody[play]!.given;
  }

  host(play: number, host: string): PlayGiven {
    const raw = this.#plays[play]!;
    if (!differByHost(raw)) return { ...this.#everybody[play]!, problems: [] };
    const key = `${play} ${host}`;
    let own = this.#hosts.get(key);
    if (!own) {
      const { layers, problems, waits } = readFiles(
        raw,
        this.#scopes.host(host, play).with(this.everybody(play)),
        this.#renderer,
      );
      const given = waits ? open(raw, host) : { given: givenBy(raw, layers, this.#answers[play]!) };
      this.#hosts.set(key, (own = { layers, problems, ...given }));
    }
    return own;
  }
}

const differByHost = ({ varsFiles }: RawPlay): boolean =>
  varsFiles.some(({ names }) => names.some(({ value }) => holdsTemplate(value)));

const givenBy = ({ vars }: RawPlay, files: readonly Layer[], answers: Bindings): Bindings =>
  new Map([...bindingsOf(vars), ...answers, ...files.flatMap((layer) => [...bindingsOf(layer.vars)])]);

/** While a file waits for the first look, whatever it may say waits as well. */
function open({ vars, roleDefaults }: RawPlay, host: string): Pick<PlayGiven, 'given' | 'otherwise'> {
  const pending = unseen(host);
  return {
    given: new Map([...vars.keys(), ...roleDefaults.keys()].map((name) => [name, pending])),
    otherwise: (name) => (name.startsWith('ansible_') ? undefined : pending),
  };
}

/** Reads the files; `scope` is what their names may use, besides what the files before them say. */
function readFiles({ varsFiles }: RawPlay, scope: Variables, renderer: Renderer) {
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  let waits = false as boolean;
  for (const file of varsFiles) {
    const known = layers.reduce((all, layer) => all.with(bindingsOf(layer.vars)), scope);
    const names = file.names.flatMap(({ value, at }) => {
      try {
        return [String(renderer.value(value, at, known))];
      } catch (error) {
        if (error instanceof Pending) waits = true;
        else if (!(error instanceof NetwrightError)) throw error;
        // Of several names, one that cannot be told is one that is not there.
        else if (file.names.length === 1) problems.push(...error.problems);
        return [];
      }
    });
    if (names.length === 0 || waits) continue;
    const read = file.read(names);
    problems.push(...read.problems);
    layers.push({ name: names.join(', '), vars: read.vars });
  }
  return { layers, problems, waits };
}
