import type { Nft } from '../facts/nft.ts';

/** Hooks that the packets of our own session pass. */
const HOOKS = new Set(['ingress', 'prerouting', 'input', 'output', 'egress']);

interface Place {
  readonly family: string;
  readonly table: string;
}

/** One element of an `nft -j` transaction, as far as it is looked at. */
interface Element {
  readonly chain?: Place & { readonly name: string; readonly hook?: string; readonly policy?: string };
  readonly rule?: Place & { readonly chain: string; readonly expr?: readonly unknown[] };
  readonly element?: Place;
}

/** Whether a change of the rules may keep packets of the session to this TCP port from passing. */
export function touchesFirewall(nft: Nft | undefined, elements: readonly unknown[], port: number): boolean {
  const inside = elements.map((element) => Object.values(element as Record<string, Element>)[0] ?? {});
  const made = inside.flatMap(({ chain }) => chain ?? []);
  const hooks = ({ family, table }: Place, name?: string): (string | undefined)[] =>
    [...made, ...(nft?.chains ?? [])]
      .filter((one) => one.family === family && one.table === table && (name === undefined || one.name === name))
      .map(({ hook }) => hook);
  return inside.some(({ chain, rule, element }) => {
    // An empty chain that lets everything pass changes nothing.
    if (chain) return chain.policy !== undefined && chain.policy !== 'accept' && HOOKS.has(chain.hook ?? '');
    // Who looks into a set is not known.
    if (element) return hooks(element).some((hook) => HOOKS.has(hook ?? ''));
    if (!rule || isForOthers(rule.expr ?? [], port)) return false;
    // A chain without a hook of its own may be jumped to from anywhere.
    const hook = hooks(rule, rule.chain).find((one) => one !== undefined);
    return hook === undefined || HOOKS.has(hook);
  });
}

interface Match {
  readonly op?: string;
  readonly left?: { readonly payload?: { readonly field?: string } };
  readonly right?: unknown;
}

/** Whether a rule is about packets to other ports only. */
const isForOthers = (expressions: readonly unknown[], port: number): boolean =>
  expressions.some((expression) => {
    const { match } = expression as { match?: Match };
    if (match?.op !== '==' || match.left?.payload?.field !== 'dport') return false;
    const ports = Array.isArray((match.right as { set?: unknown } | null)?.set)
      ? (match.right as { set: readonly unknown[] }).set
      : [match.right];
    return ports.every((one) => typeof one === 'number' && one !== port);
  });
