import type { Target } from '../connect.ts';
import { EXIT, printable, type Exit } from '../error.ts';
import { CAPABILITIES, ESSENTIAL, gatherScript, optionOf, PACKAGES, type Section } from '../gather.ts';
import type { Emit } from '../report.ts';
import type { FleetOptions } from './fleet-options.ts';
import { rootScript } from './root.ts';
import { withTargets } from './targets.ts';
import { lacking } from './tools.ts';

/** What is only shown; each prints a line, or nothing where there is no such thing. */
const VERSIONS = `
mark kernel; uname -sr
mark system; . /etc/os-release 2>/dev/null; echo "\${PRETTY_NAME:-unknown}"
mark versions; for p in 'ip -V' 'nft --version' 'docker --version' 'podman --version'; do
  command -v "\${p%% *}" >/dev/null 2>&1 && $p 2>/dev/null | head -n 1
done`;

/** Looks at what every host has and lacks, and changes nothing. Exit 3 where something is missing that all runs need. */
export function doctor(targets: ReadonlyMap<string, Target>, emit: Emit, options: FleetOptions): Promise<Exit> {
  emit({ type: 'play', lab: '', name: 'doctor', hosts: [...targets.keys()], titles: ['kernel lacks'] });
  return withTargets(targets, emit, options, async (host, session) => {
    const reads = CAPABILITIES.map((name) => ({ fact: 'capability', name }) as const);
    const script = `${rootScript}\n${VERSIONS}\n${gatherScript(reads)}`;
    const { list } = await session.exchange(script, { label: 'looking at the host' });
    const section = (name: string): Section | undefined => list.find((one) => one.name === name);
    const text = (name: string): string => (section(name)?.text ?? '').trim().split('\n').map(printable).join(', ');
    const tell = (title: string, detail: string, status: 'ok' | 'failed' | 'unknown' = 'ok'): void => {
      const sign = ({ ok: '=', failed: '!', unknown: '?' } as const)[status];
      emit({ type: 'task', host, title, sign, status, detail });
    };

    tell('system', `${text('system')}, ${text('kernel')}`);
    tell('versions', text('versions'));
    const user = section('not root');
    tell('root', user ? `no, ${text('not root')}: log in as root, or add --become` : 'yes', user ? 'failed' : 'ok');
    const missing = lacking(list);
    const isEssential = missing.some((one) => ESSENTIAL.includes(one.split(' ', 1)[0]!));
    if (missing.length === 0) tell('programs', Object.keys(PACKAGES).join(' '));
    else tell('programs', `lacks ${missing.join(', ')}`, isEssential ? 'failed' : 'unknown');
    const kernel = (answer: string) => CAPABILITIES.filter((name) => text(`capability ${name}`) === answer);
    if (kernel('yes').length > 0) tell('kernel has', kernel('yes').join(' '));
    const absent = kernel('no').map((name) => `${name} (${optionOf(name)})`);
    if (absent.length > 0) tell('kernel lacks', absent.join(', '), 'unknown');
    return user !== undefined || isEssential ? EXIT.failed : EXIT.done;
  });
}
