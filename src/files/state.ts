/** What stands at a path; a link is itself, not what it leads to. */
export interface FileState {
  readonly type: 'file' | 'directory' | 'link' | 'other' | 'absent';
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  /** In the words of `stat`: `character special file`, say. Only of what was seen, not of what we made since. */
  readonly sort?: string | undefined;
  /** Size in bytes, times in seconds since 1970, number of names; only of what was seen, too. */
  readonly times?:
    | {
        readonly size: number;
        readonly accessed: number;
        readonly modified: number;
        readonly changed: number;
        readonly names: number;
      }
    | undefined;
  /** Of a link. */
  readonly target?: string | undefined;
  /** Device and inode: the same for two names of one file. */
  readonly inode?: string | undefined;
  /** Of a file that is not large. */
  readonly content?: Buffer | undefined;
  /** SHA-256 of a file that is. */
  readonly digest?: string | undefined;
  /** The distinct modes and owners of everything under a directory, itself too. */
  readonly tree?: readonly FileState[] | undefined;
}

export const ABSENT: FileState = { type: 'absent', mode: '', owner: '', group: '', uid: -1, gid: -1 };

export interface Packages {
  /** Which package manager the host has. */
  readonly manager: string | undefined;
  /** By name: the version that is installed. */
  readonly installed: Readonly<Record<string, string>>;
  /** By name: the version that could be. */
  readonly candidates: Readonly<Record<string, string>>;
}

export interface Service {
  readonly manager: 'systemd' | 'sysvinit' | undefined;
  readonly exists: boolean;
  readonly running: boolean;
  /** Whether it starts at boot; undefined where nobody can tell. */
  readonly enabled: boolean | undefined;
}

/** What was seen of a host, and by our own acts what has become of it since. */
export interface Seen {
  readonly files: Map<string, FileState>;
  readonly packages: Map<string, Packages>;
  readonly services: Map<string, Service>;
  /** Paths that could not be looked at, and why. */
  readonly unseen: Map<string, string>;
}
