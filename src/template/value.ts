import { isDeepStrictEqual } from 'node:util';
import { TEMPLATE_ERROR, TemplateFault } from './fault.ts';

/**
 * The engine sorts the keys of mappings. This remembers in which order the keys of what was handed in stood, and gives
 * mappings that come back with the same keys that order again.
 */
export class KeyOrders {
  readonly #seen = new WeakSet<object>();
  /** By the sorted keys: one mapping for each order that was met. */
  readonly #samples = new Map<string, object[]>();

  remember(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    if (!Array.isArray(value)) this.#note(value);
    for (const inner of Object.values(value)) this.remember(inner);
  }

  #note(mapping: object): void {
    const keys = Object.keys(mapping);
    if (keys.length < 2) return;
    const signature = keys.toSorted().join('\0');
    const samples = this.#samples.get(signature);
    if (!samples) this.#samples.set(signature, [mapping]);
    else if (!samples.some((sample) => Object.keys(sample).every((key, index) => key === keys[index]))) {
      samples.push(mapping);
    }
  }

  /** A value of the engine as plain data: no maps, no undefined, no big integers. */
  fromEngine(value: unknown): unknown {
    if (value === undefined) return null;
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TemplateFault(TEMPLATE_ERROR, 'the result is not a number', { hint: 'is something divided by 0?' });
    }
    if (Array.isArray(value)) return value.map((item) => this.fromEngine(item));
    if (!(value instanceof Map)) return value;
    // Own properties only, so that a key __proto__ stays one.
    const plain = Object.fromEntries([...value].map(([key, inner]) => [String(key), this.fromEngine(inner)]));
    return this.#ordered(plain);
  }

  #ordered(plain: Record<string, unknown>): Record<string, unknown> {
    const keys = Object.keys(plain);
    const samples = keys.length < 2 ? undefined : this.#samples.get(keys.toSorted().join('\0'));
    if (!samples) return plain;
    const sample = samples.length === 1 ? samples[0]! : samples.find((one) => isDeepStrictEqual(one, plain));
    return Object.fromEntries(Object.keys(sample ?? samples.at(-1)!).map((key) => [key, plain[key]]));
  }
}

/** A value in the middle of a text: as in Ansible, nothing is shown of none. */
export const shownInText = (value: unknown): string => (value === null ? '' : printed(value));

/** A value as Python prints it. */
export function printed(value: unknown): string {
  return typeof value === 'string' ? value : represented(value);
}

function represented(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return pythonString(value);
  if (Array.isArray(value)) return `[${value.map(represented).join(', ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${pythonString(key)}: ${represented(inner)}`);
    return `{${pairs.join(', ')}}`;
  }
  return `${value as number}`;
}

function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t]/g, (char) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[char] ?? '\\\\');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** What Python holds to be true. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
