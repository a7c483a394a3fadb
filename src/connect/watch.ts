/** What a session is at, as it happens; for whoever waits. */
export type Progress =
  | { readonly type: 'begin'; readonly host: string; readonly what: string }
  | { readonly type: 'end'; readonly host: string }
  /** A line that a program of the playbook printed just now. */
  | { readonly type: 'output'; readonly host: string; readonly line: string };

export type Watch = (progress: Progress) => void;
