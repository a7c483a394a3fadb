/** Why a text does not fit its format, and the way out. */
export interface Misfit {
  readonly code: string;
  /** Follows the option's name: `"10.1.2.3/16" has host bits set`. Absent where only the expectation can be told. */
  readonly why?: string;
  readonly hint?: string | undefined;
}

export interface Format {
  /** What is expected, for `must be …`. */
  readonly words: string;
  readonly fits: (text: string) => boolean;
  /** Says more than "it is none", where more is known. */
  readonly explain?: (text: string) => Misfit | undefined;
  /** The same for editors, as far as a regular expression can tell. */
  readonly pattern?: string;
}
