import { TEMPLATE_ERROR, TemplateFault } from './fault.ts';

/** Of one value: characters of its texts, and so many for each value in a list or mapping: a quarter of a million. */
const HEAVIEST = 16 * 1024 * 1024;
const PER_VALUE = 64;
/** Lists and mappings inside one another. */
const DEEPEST = 100;
/** Of everything that templates make in one run, as far as it is not small. */
const HEAVIEST_OF_ALL = 512 * 1024 * 1024;
const SMALL = 64 * 1024;

interface Size {
  readonly weight: number;
  readonly depth: number;
}

/**
 * Keeps what templates make within bounds: ten variables that each name another one ten times are ten billion values,
 * though the lists are only shared. Values are taken to be immutable.
 */
export class Scales {
  readonly #known = new WeakMap<object, Size>();
  #all = 0;
  /** Of what is weighed now, the part that was never weighed before. */
  #fresh = 0;

  /** Throws where a value is too much. */
  weigh(value: unknown): void {
    this.#fresh = typeof value === 'string' ? value.length : 0;
    this.#size(value, 0);
    if (this.#fresh > SMALL) this.#all += this.#fresh;
    if (this.#all > HEAVIEST_OF_ALL) throw tooMuch('the templates of this run make', HEAVIEST_OF_ALL);
  }

  #size(value: unknown, above: number): Size {
    if (typeof value === 'string') return checked({ weight: value.length, depth: 0 });
    if (typeof value !== 'object' || value === null) return { weight: 0, depth: 0 };
    const known = this.#known.get(value);
    if (known) return known;
    const values = Object.values(value);
    let weight = PER_VALUE * values.length;
    let depth = 0;
    if (above > DEEPEST) throw tooDeep();
    for (const inner of values) {
      const size = this.#size(inner, above + 1);
      weight += size.weight;
      depth = Math.max(depth, size.depth + 1);
      if (typeof inner === 'string') this.#fresh += inner.length;
    }
    this.#fresh += PER_VALUE * values.length;
    const size = checked({ weight, depth });
    this.#known.set(value, size);
    return size;
  }
}

/** Throws where a text of this length is too much. */
export function checkLength(length: number): void {
  if (length > HEAVIEST) throw tooMuch('the template makes', HEAVIEST);
}

function checked(size: Size): Size {
  checkLength(size.weight);
  if (size.depth > DEEPEST) throw tooDeep();
  return size;
}

const tooMuch = (what: string, limit: number): TemplateFault =>
  new TemplateFault(TEMPLATE_ERROR, `${what} more than ${limit / 1024 / 1024} MB`, {
    offset: 0,
    hint: 'make less of it, or keep it in a file that is copied',
  });

const tooDeep = (): TemplateFault =>
  new TemplateFault(TEMPLATE_ERROR, `the template makes more than ${DEEPEST} levels inside one another`, { offset: 0 });
