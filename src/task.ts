import type { Command } from './command.ts';
import type { Look, Seen } from './files.ts';
import type { Infer, Schema } from './infer.ts';
import type { Path } from './source.ts';
import type { Assigned, Attachment, Segment } from './topology.ts';
import type { Wanted } from './object.ts';
import type { Sources, Wants } from './task/sources.ts';

export type { SourceFile, Sources, Wants } from './task/sources.ts';

/** A mistake inside one task's own options; the engine adds file, line and column. */
export interface Mistake {
  readonly path: Path;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A name that other tasks may refer to, or a reference to one. */
export interface Name {
  readonly type: 'bridge' | 'container' | 'network' | 'group';
  readonly name: string;
  /** Of a container that has no network of its own: `host`, or the container whose network it shares. */
  readonly network?: string | undefined;
  /** Of a container: the engine that runs it, and the name that it has there; absent for a mere namespace. */
  readonly engine?: { readonly runtime: 'docker' | 'podman'; readonly name: string } | undefined;
}

export interface Reference extends Name {
  readonly path: Path;
  /** Any host of the play may provide it. */
  readonly anywhere?: boolean;
}

/** A container as `reach` sees it. */
export interface Endpoint {
  readonly host: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** What a container offers to those linked to it, and to whom it is linked. */
export interface Service {
  readonly container: string;
  /** `80/tcp`, `8000-8010/udp`. */
  readonly expose: readonly string[];
  /** Names of containers. */
  readonly links: readonly string[];
}

/** Another host, or this one, as a member of a group of the inventory. */
export interface Peer {
  readonly host: string;
  /** Where the others meet it: its variable `underlay`, else its `ansible_host`; none if that is no address. */
  readonly address: string | undefined;
}

/** What a kind may know when it says what it wants on one host. */
export interface Context {
  readonly lab: string;
  /** The inventory's name of this host. */
  readonly host: string;
  /** The addresses and MAC that the address plan gave to an attachment of this host. */
  readonly assigned: (container: string, interfaceName: string) => Assigned;
  /** The namespace of one of this lab's containers: `LAB-NAME`. */
  readonly scope: (container: string | undefined) => string;
  /** The engine that runs a container, if one does. */
  readonly engine: (container: string) => Name['engine'];
  /** Every container of the lab, on every host of the play, in the playbook's order. */
  readonly containers: () => readonly Endpoint[];
  /** The segment (bridge) of that name on this host, if a task makes it. */
  readonly segment: (name: string) => Segment | undefined;
  /** The interfaces of a container of this host. */
  readonly attachments: (container: string) => readonly Attachment[];
  readonly service: (container: string) => Service | undefined;
  /** The hosts of a group of the inventory; nothing if there is no such group. */
  readonly peers: (group: string) => readonly Peer[] | undefined;
}

/** When a program ran, by the clock of its host and in Ansible's words. */
export interface Times {
  readonly start: string;
  readonly end: string;
  readonly delta: string;
}

/** What a procedural task answers. */
export interface Outcome {
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Not run, because a file named by `creates` or `removes` said so. */
  readonly skipped?: string | undefined;
  readonly times?: Times | undefined;
}

interface Common<S extends Schema> {
  /** The YAML key. */
  readonly kind: string;
  readonly description: string;
  /** The only statement of the options: types, docs, editor schema and validation derive from it. */
  readonly schema: S;
  /** The option that a bare string stands for (`command: ip -br addr`). */
  readonly freeForm?: string;
  /** Mistakes that no schema can express. */
  check?(args: Infer<S>): Mistake[];
  /** Files of the project that it needs; its options may not be valid yet. */
  wants?(args: Readonly<Record<string, unknown>>): Wants[];
  /** Names that this task's options refer to; each must be provided by a task of the same host. */
  references?(args: Infer<S>): Reference[];
}

/** A kind that describes a state. Pure: it never runs anything. */
export interface Declarative<S extends Schema = Schema> extends Common<S> {
  /** What the task is about: one owner per host. Example: `bridge nw0`. */
  identity(args: Infer<S>): string;
  /** The object that stands for the task where the ledger says nothing: a link by its marks, say. */
  primary?(args: Infer<S>, context: Context): Wanted;
  provides?(args: Infer<S>, lab: string): Name[];
  segments?(args: Infer<S>): Segment[];
  attachments?(args: Infer<S>): Attachment[];
  services?(args: Infer<S>): Service[];
  /** Everything that must be there, in the order in which it can be made. */
  objects(args: Infer<S>, context: Context): Wanted[];
  /** The text of the line when the task makes something new. */
  summary?(args: Infer<S>, context: Context): string;
  /** What somebody may not expect of it; each is a line below the task's. */
  notes?(args: Infer<S>, context: Context): string[];
}

/** Something is made, changed, or removed. */
export type Verb = '+' | '~' | '-';

/** What came of a procedural task. */
export interface Judgement {
  readonly changed: boolean;
  /** Why it failed; absent when it did not. */
  readonly failed?: string | undefined;
  readonly detail: string;
  /** What it registers besides, in Ansible's words. */
  readonly result?: Readonly<Record<string, unknown>> | undefined;
  /** What it tells of, where that is not what it ran itself; null is nothing. */
  readonly told?: Outcome | null | undefined;
  /** What it did, where that is known; else it just ran. */
  readonly verb?: Verb | undefined;
  readonly diffs?: readonly Difference[] | undefined;
  /** Its detail is shown only with so many -v. */
  readonly verbosity?: number | undefined;
}

interface Act<S extends Schema> extends Common<S> {
  /** It looks at the whole play: every host must have done the tasks before it, and `plan` never runs it. */
  readonly barrier?: boolean;
}

/** A kind that runs programs where it stands in the order. It ends a segment. */
export interface Program<S extends Schema = Schema> extends Act<S> {
  /** The commands, in order. */
  commands(args: Infer<S>, context: Context, sources: Sources): Command[];
  /** What the outcomes mean; by default an exit code other than 0 is a failure, and success a change. */
  judge?(args: Infer<S>, commands: readonly Command[], outcomes: readonly Outcome[]): Judgement;
  /** Seconds after which the host ends it, unless the task says so itself. */
  seconds?(args: Infer<S>): number;
  /** What it asks with: a host that lacks it is refused before anything is touched. */
  programs?(args: Infer<S>): readonly string[];
  /** It is one command, which may go on by itself (`poll: 0`). */
  readonly detaches?: true;
  /** What it registers as `cmd`, with the times when it ran. */
  cmd?(args: Infer<S>): string | readonly string[];
  /** Its commands are the session's own user's, whoever the task is to become. */
  readonly ownUser?: true;
}

/** For some time, or for the answer of a person. */
export type Wait =
  | { readonly seconds: number; readonly says?: string | undefined }
  | { readonly question: string; readonly hidden: boolean };

/** A kind that waits here, and so once for all hosts. */
export interface Waiting<S extends Schema = Schema> extends Act<S> {
  waits(args: Infer<S>): Wait;
}

/**
 * A kind that answers out of what is known already: the values of its expressions, above all. Pure, so `plan` gives the
 * same answer.
 */
export interface Answering<S extends Schema = Schema> extends Act<S> {
  /** Options whose texts are bare expressions; they are not rendered, and `values` has what they stand for. */
  readonly expressions?: Readonly<Record<string, 'condition' | 'value'>>;
  answer(args: Infer<S>, values: Values): Judgement;
  /** The variables of the host that it sets, by their names; the options may not be rendered yet. */
  sets?(args: Infer<S>): Readonly<Record<string, unknown>>;
}

/** By option: what its expressions stand for, in their order; `undefined` for a variable that there is not. */
export type Values = Readonly<Record<string, readonly unknown[]>>;

/**
 * A kind that looks at the host and then knows what it will do: so `plan` tells it, with the difference it makes. Pure.
 * What it writes is no object of the lab: destroy does not take it back.
 */
export interface Looking<S extends Schema = Schema> extends Act<S> {
  /** What it has to see first. */
  looks(args: Infer<S>, sources: Sources): readonly Look[];
  decide(args: Infer<S>, seen: Seen, sources: Sources): Decision;
}

/** What will be done; nothing where it is so already. */
export interface Decision {
  readonly steps: readonly Step[];
  /** Why it cannot be done. */
  readonly failed?: string | undefined;
  /** What is said of it, instead of what its steps say. */
  readonly detail?: string | undefined;
  readonly diffs?: readonly Difference[] | undefined;
  readonly result?: Readonly<Record<string, unknown>> | undefined;
  /** Whether it does more than its steps tell, so that all that was seen before may be otherwise. */
  readonly disturbs?: boolean | undefined;
}

/** One thing to do: what, why, how, and what will be seen afterwards. */
export interface Step {
  readonly verb: Verb;
  readonly what: string;
  readonly why: string;
  readonly commands: readonly Command[];
  readonly effect: (seen: Seen) => void;
}

/** A text before and after, for a person to compare. */
export interface Difference {
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

/** What a command said. As a text it is its output, without the line's end. */
export interface RunOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  toString(): string;
}

export interface RunOptions {
  /** A failure is an answer too. */
  readonly nothrow?: boolean;
  /** What it reads; else nothing. */
  readonly input?: string;
  readonly cwd?: string;
}

type Word = string | number;

/** Runs a command on the task's host: its text is the shell's, its values are words, however they are spelt. */
export interface Run {
  (text: TemplateStringsArray, ...values: readonly (Word | readonly Word[])[]): Promise<RunOutput>;
  (options: RunOptions): Run;
}

/** What a script gets. */
export interface ScriptGiven<A = unknown> {
  readonly $: Run;
  readonly host: { readonly name: string; readonly lab: string };
  readonly args: A;
  /** Nothing is to be changed: it is asked what it would do. */
  readonly check: boolean;
}

/** A program of the user's, which runs here and works on the host. */
export interface Scripted<S extends Schema = Schema> extends Act<S> {
  script(given: ScriptGiven): unknown;
  readonly inCheck: boolean;
  /** Where it is written. */
  readonly file?: string;
}

/** A kind that does something where it stands in the order. It ends a segment. */
export type Procedural<S extends Schema = Schema> = Program<S> | Answering<S> | Looking<S> | Scripted<S> | Waiting<S>;

export type Kind = Declarative | Procedural;

export const isDeclarative = (kind: Kind): kind is Declarative => 'objects' in kind;
export const isLooking = (kind: Kind): kind is Looking => 'decide' in kind;
export const isScripted = (kind: Kind): kind is Scripted => 'script' in kind;
export const isWaiting = (kind: Kind): kind is Waiting => 'waits' in kind;
export const isAnswering = (kind: Kind): kind is Answering => 'answer' in kind;

/** States a kind; the type of its options follows from its schema. */
export function defineTask<const S extends Schema>(kind: Declarative<S> | Procedural<S>): Kind {
  return kind;
}
