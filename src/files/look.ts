import { quote, shellLine } from '../command.ts';
import { ABSENT, type FileState, type Packages, type Seen } from './state.ts';

/** What a kind has to see of the host before it can decide. */
export type Look =
  /** What is at a path; with `content`, also what is in it; with `tree`, what all below it have of modes and owners. */
  | {
      readonly look: 'file';
      readonly path: string;
      readonly content?: 'small' | 'whole';
      readonly tree?: boolean;
      /** A link is what it leads to; it is seen at `followed(path)`. */
      readonly follow?: boolean;
    }
  | { readonly look: 'packages'; readonly names: readonly string[] }
  | { readonly look: 'service'; readonly name: string };

export const lookKey = (look: Look): string => JSON.stringify(look);

/** Larger ones are known by their digest. In bytes. */
const LIMITS = { small: 256 * 1024, whole: 16 * 1024 * 1024 } as const;

const FORMAT = '%F|%a|%U|%G|%u|%g|%d:%i';
/** Besides: size, times of access, change and status, number of names. */
const MORE = '|%s|%X|%Y|%Z|%h';

/** Where what a path leads to is seen; no path of a host is spelt so. */
export const followed = (path: string): string => `${path}\0`;

const FUNCTIONS = `
look() { # PATH BYTES TREE FOLLOW
  stat $4 -c '${FORMAT}${MORE}' "$1" 2>&1 || return 0
  if [ -z "$4" ] && [ -h "$1" ]; then mark target; readlink "$1"; return; fi
  if [ -n "$3" ] && [ -d "$1" ]; then mark tree; find "$1" -exec stat -c '${FORMAT}' {} + | cut -d'|' -f1-6 | sort -u; fi
  if [ -n "$2" ] && [ -f "$1" ]; then
    if [ "$(stat -c %s "$1")" -le "$2" ]; then mark content; cat "$1"
    else mark digest; sha256sum <"$1"; fi
  fi
}
packages() { # NAME...
  for m in apt-get dnf yum apk; do if command -v $m >/dev/null 2>&1; then break; fi; m=; done
  mark manager; echo "$m"
  mark installed
  case $m in
    apt-get) for p; do dpkg-query -W -f="$p|\\\${db:Status-Abbrev}|\\\${Version}\\n" "$p" 2>/dev/null | sed -n 's/^\\(.*\\)|.i. *|/\\1|/p'; done ;;
    dnf|yum) for p; do rpm -q --qf "$p|%{VERSION}-%{RELEASE}\\n" "$p" 2>/dev/null | grep -F '|'; done ;;
    apk) for p; do apk info -e "$p" >/dev/null 2>&1 && echo "$p|installed"; done ;;
  esac
  mark candidates
  case $m in
    apt-get) for p; do apt-cache policy "$p" | sed -n "s/^  Candidate: \\(.*\\)/$p|\\1/p"; done ;;
    dnf|yum) $m -q check-update "$@" 2>/dev/null | sed -n 's/^\\([^. ]*\\)\\.[^ ]* *\\([^ ]*\\).*/\\1|\\2/p' ;;
    apk) for p; do apk version -q -l '<' "$p" 2>/dev/null | sed -n "s/.*/$p|newer/p"; done ;;
  esac
}
service_of() { # NAME
  mark state
  if [ -d /run/systemd/system ]; then
    echo systemd; systemctl show -p LoadState -p ActiveState -p UnitFileState "$1" 2>/dev/null
  elif [ -e "/etc/init.d/$1" ]; then
    echo sysvinit; if "/etc/init.d/$1" status >/dev/null 2>&1; then echo running; fi
    for f in /etc/rc[2345].d/S[0-9][0-9]"$1"; do if [ -e "$f" ]; then echo enabled; break; fi; done
  elif [ -d /etc/init.d ]; then echo sysvinit; echo none
  fi
}
`;

/** A script that looks at everything; see parseLooks for its sections. */
export const lookScript = (looks: readonly Look[]): string =>
  [
    FUNCTIONS,
    ...looks.map((look, index) => {
      const begin = `mark ${quote(`look ${index}`)}; `;
      if (look.look === 'packages') return `${begin}packages ${shellLine(look.names)}`;
      if (look.look === 'service') return `${begin}service_of ${quote(look.name)}`;
      return `${begin}look ${shellLine([look.path, look.content === undefined ? '' : `${LIMITS[look.content]}`, look.tree ? 'y' : '', look.follow ? '-L' : ''])}`;
    }),
    'mark end',
  ].join('\n');

interface Section {
  readonly name: string;
  readonly text: string;
  readonly bytes: Buffer;
}

/** Adds what `lookScript` printed to what was seen. False where the script was cut short. */
export function parseLooks(looks: readonly Look[], sections: readonly Section[], seen: Seen): boolean {
  let current: Look | undefined;
  for (const section of sections) {
    const [, index] = /^look (\d+)$/.exec(section.name) ?? [];
    if (index !== undefined) current = looks[Number(index)];
    if (current?.look === 'file') readFile(current, section, seen);
    else if (current?.look === 'packages') readPackages(lookKey(current), section, seen);
    else if (current?.look === 'service') readService(current.name, section, seen);
  }
  return sections.some(({ name }) => name === 'end');
}

const TYPES: Readonly<Record<string, FileState['type']>> = {
  'regular file': 'file',
  'regular empty file': 'file',
  directory: 'directory',
  'symbolic link': 'link',
};

function stateOf(line: string): FileState {
  const [type = '', mode = '', owner = '', group = '', uid, gid, inode, ...more] = line.split('|');
  const [size, accessed, modified, changed, names] = more.map(Number);
  return {
    type: TYPES[type] ?? 'other',
    mode: mode.padStart(4, '0'),
    owner,
    group,
    uid: Number(uid),
    gid: Number(gid),
    inode,
    ...(size === undefined
      ? {}
      : { sort: type, times: { size, accessed: accessed!, modified: modified!, changed: changed!, names: names! } }),
  };
}

function readFile(
  look: Look & { readonly look: 'file' },
  { name, text, bytes }: Section,
  { files, unseen }: Seen,
): void {
  const path = look.follow ? followed(look.path) : look.path;
  const found = files.get(path) ?? ABSENT;
  if (name === 'target') files.set(path, { ...found, target: text.replace(/\n$/, '') });
  else if (name === 'content') files.set(path, { ...found, content: bytes });
  else if (name === 'digest') files.set(path, { ...found, digest: text.split(' ')[0] });
  else if (name === 'tree') files.set(path, { ...found, tree: text.trim().split('\n').map(stateOf) });
  else if (name.startsWith('look ')) {
    const line = text.trim();
    // Asked for twice, once without its content say, it is still one file.
    if (line.includes('|') && !line.startsWith('stat:')) files.set(path, { ...found, ...stateOf(line) });
    else {
      files.set(path, ABSENT);
      if (!/No such file or directory|Not a directory/.test(line)) unseen.set(path, line);
    }
  }
}

const EMPTY: Packages = { manager: undefined, installed: {}, candidates: {} };

function readPackages(key: string, { name, text }: Section, { packages }: Seen): void {
  const found = packages.get(key) ?? EMPTY;
  const pairs = (): Record<string, string> =>
    Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line.includes('|'))
        .map((line) => line.split('|', 2) as [string, string]),
    );
  if (name === 'manager') packages.set(key, { ...found, manager: text.trim() === '' ? undefined : text.trim() });
  else if (name === 'installed') packages.set(key, { ...found, installed: pairs() });
  else if (name === 'candidates') packages.set(key, { ...found, candidates: pairs() });
}

function readService(service: string, { name, text }: Section, { services }: Seen): void {
  if (name !== 'state') return;
  const lines = text.trim().split('\n');
  const has = (line: string): boolean => lines.includes(line);
  if (lines[0] === 'systemd') {
    const enabled = /^UnitFileState=(enabled|enabled-runtime|alias|static|generated|indirect)$/m.test(text);
    services.set(service, {
      manager: 'systemd',
      exists: has('LoadState=loaded'),
      running: has('ActiveState=active') || has('ActiveState=reloading') || has('ActiveState=activating'),
      enabled,
    });
  } else {
    const manager = lines[0] === 'sysvinit' ? 'sysvinit' : undefined;
    services.set(service, {
      manager,
      exists: manager !== undefined && !has('none'),
      running: has('running'),
      enabled: has('enabled'),
    });
  }
}
