import { nearest, suggestion, type Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Kind } from '../task.ts';
import { playKeywords, taskKeywords, type Keywords } from './keywords.ts';
import { insteadOfKind } from './taking-in.ts';
import { insteadOfLoop, isOtherLoop } from './loops.ts';
import { notYet, unknownKeyword } from './problems.ts';

interface Found {
  readonly kind?: Kind;
  /** As it is written: `ansible.builtin.command` for `command`. */
  readonly word?: string;
  readonly problems: Problem[];
}

/** The one key of a task that is its kind, and what is wrong with the keys that are neither kind nor keyword. */
export function findKind(task: Readonly<Record<string, unknown>>, at: At, kinds: ReadonlyMap<string, Kind>): Found {
  const words = Object.keys(task);
  const isKind = (word: string): boolean => kinds.has(builtin(word));
  const [first, ...more] = words.filter(isKind);
  const unknown = words.filter((word) => !isKind(word) && !taskKeywords.has(word) && !isUnsupported(word));
  const kind = first === undefined ? undefined : kinds.get(builtin(first));
  const isElsewhere = words.some((word) => insteadOfKind.has(word));
  const meant = kind || isElsewhere ? undefined : likelyKind(unknown, kinds);
  const problems = [
    ...words.flatMap((word) => unsupportedProblem(word, at)),
    ...more.map((word) => secondKind(word, first!, at)),
    ...(kind || isElsewhere ? [] : [noKind(meant, at, kinds)]),
    ...unknown.filter((word) => word !== meant).map((word) => strayProblem(word, at, kinds, kind)),
  ];
  return kind && first !== undefined ? { kind, word: first, problems } : { problems };
}

/** Ansible's own kinds by their whole names. */
export const builtin = (word: string): string => word.replace(/^ansible\.(builtin|legacy)\./, '');

const secondKind = (word: string, first: string, at: At): Problem => ({
  code: 'TWO_KINDS',
  message: `task: "${word}" is a second kind beside "${first}"`,
  place: placeOf(at, [word], 'key'),
  hint: 'make it a task of its own',
  other: { note: 'the first is at', place: placeOf(at, [first], 'key') },
});

function noKind(meant: string | undefined, at: At, kinds: ReadonlyMap<string, Kind>): Problem {
  const names = [...kinds.keys()];
  if (meant === undefined) {
    const hint = 'netwright docs lists the kinds';
    return { code: 'NO_KIND', message: 'task: it has no kind, so it does nothing', place: placeOf(at), hint };
  }
  const near =
    INSTEAD.get(bare(meant)) ?? suggestion(bare(meant), names) ?? suggestion(meant, [...taskKeywords.keys()]);
  return {
    code: 'NO_KIND',
    message: `task: "${meant}" is not a kind of task`,
    place: placeOf(at, [meant], 'key'),
    hint: near ?? 'netwright docs lists the kinds',
  };
}

/** Modules of Ansible's that many use, and what does their work. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ...['apt', 'dnf', 'dnf5', 'yum', 'apk'].map((word) => [word, 'use package'] as const),
  ...['systemd', 'systemd_service', 'sysvinit'].map((word) => [word, 'use service'] as const),
  ...['iptables', 'nftables', 'firewalld', 'ufw'].map((word) => [word, 'use firewall'] as const),
  ['gather_facts', 'use setup, unless gather_facts is true for the play'],
  ['raw', 'use shell'],
  ['blockinfile', 'use template or lineinfile'],
  ['include', 'use include_tasks or import_tasks'],
  ...['uri', 'get_url', 'user', 'group', 'hostname', 'slurp', 'unarchive', 'git', 'cron'].map(
    (word) => [word, 'use command or shell with changed_when, or a task of your own (taskdirs)'] as const,
  ),
]);

const isUnsupported = (word: string): boolean => insteadOfKind.has(word) || isOtherLoop(word);

function unsupportedProblem(word: string, at: At): Problem[] {
  if (isOtherLoop(word)) return [notYet(word, at, insteadOfLoop(word))];
  const keyword = insteadOfKind.get(word) ?? taskKeywords.get(word);
  return keyword && !keyword.implemented ? [notYet(word, at, keyword.instead)] : [];
}

function strayProblem(word: string, at: At, kinds: ReadonlyMap<string, Kind>, kind: Kind | undefined): Problem {
  const isOption = kind !== undefined && Object.hasOwn(kind.schema.properties ?? {}, word);
  const ofPlay = playKeywords.has(word) ? 'it belongs to a play' : undefined;
  const hint = isOption ? `it is an option of ${kind.kind}: indent it` : ofPlay;
  return unknownKeyword('task', word, at, [...taskKeywords.keys(), ...kinds.keys()], hint);
}

/** The unknown key that was most probably meant as the kind: one like a kind, else one unlike every keyword. */
function likelyKind(unknown: readonly string[], kinds: ReadonlyMap<string, Kind>): string | undefined {
  const likeKind = unknown.find((word) => kinds.has(bare(word)) || nearest(word, [...kinds.keys()]) !== undefined);
  return likeKind ?? unknown.find((word) => nearest(word, [...taskKeywords.keys()]) === undefined) ?? unknown[0];
}

/** `ansible.builtin.command` is `command`. */
const bare = (word: string): string => word.slice(word.lastIndexOf('.') + 1);

/** What is wrong with the keys of something that has no kind: a block, or what takes in other tasks. */
export function strayWords(
  value: Readonly<Record<string, unknown>>,
  own: readonly string[],
  keywords: Keywords,
  at: At,
): Problem[] {
  return Object.keys(value).flatMap((word) => {
    const keyword = keywords.get(word);
    if (own.includes(word) || keyword?.implemented) return [];
    if (keyword) return [notYet(word, at, keyword.instead)];
    const hint = taskKeywords.has(word) ? 'say it at the tasks themselves' : undefined;
    return [unknownKeyword('task', word, at, [...own, ...keywords.keys()], hint)];
  });
}
