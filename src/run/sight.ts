import type { Session } from '../connect.ts';
import { EXIT, NetwrightError } from '../error.ts';
import { lookKey, lookScript, parseLooks, type Look, type Seen } from '../files.ts';

/** So many at a time, for what they show is held in memory. */
const AT_ONCE = 50;

/** What has been looked at on a host so far. Kept up by what our own acts do; forgotten when anything else may have. */
export class Sight {
  readonly seen: Seen = { files: new Map(), packages: new Map(), services: new Map(), unseen: new Map() };
  /** In a plan: something that would have been done by now may have changed more than what can be foreseen. */
  disturbed = false;
  readonly #known = new Set<string>();

  /** Looks at what is not known yet. */
  async see(host: string, session: Session, looks: readonly Look[]): Promise<void> {
    const unique = new Map(looks.map((look) => [lookKey(look), look]));
    const missing = [...unique].filter(([key]) => !this.#known.has(key));
    for (let first = 0; first < missing.length; first += AT_ONCE) {
      const some = missing.slice(first, first + AT_ONCE);
      const wanted = some.map(([, look]) => look);
      const reply = await session.exchange(lookScript(wanted), { label: 'looking at files' });
      if (!parseLooks(wanted, reply.list, this.seen)) throw cutShort(host);
      for (const [key] of some) this.#known.add(key);
    }
  }

  forget(): void {
    this.disturbed = false;
    this.#known.clear();
    for (const map of Object.values(this.seen)) (map as Map<string, unknown>).clear();
  }
}

const cutShort = (host: string): NetwrightError =>
  new NetwrightError(
    { code: 'CUT_SHORT', message: `${host}: looking at files was ended before it was done`, hint: 'run again' },
    EXIT.failed,
  );
