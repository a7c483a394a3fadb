/** A file of the project that a kind wants, by its option. */
export interface Wants {
  readonly option: string;
  readonly path: string;
  /** Where it is looked for beside the task: a role's own folder, or one beside the playbook. */
  readonly folder: 'files' | 'templates';
  /** It is a template, and wanted as rendered. */
  readonly template?: boolean;
  /** A folder will do too, with all that is in it. */
  readonly tree?: boolean;
}

/** A file of the project. */
export interface SourceFile {
  /** Below the path that was asked for, if that is a folder; else its name. */
  readonly name: string;
  readonly content: Buffer;
  /** Its own mode there, as four octal digits. */
  readonly mode: string;
}

/** What was wanted, by option: one file, or all files of a folder. */
export type Sources = Readonly<Record<string, { readonly folder: boolean; readonly files: readonly SourceFile[] }>>;
