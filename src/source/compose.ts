import { Composer, isDocument, Parser, type Document, type YAMLError } from 'yaml';
import { MAX_ERRORS } from './limits.ts';
import { withAnsibleScalars } from './scalars.ts';

export interface Composed {
  readonly documents: readonly Document.Parsed[];
  readonly errors: readonly YAMLError[];
  readonly warnings: readonly YAMLError[];
}

/** Text to trees. Never throws, and never prints as `yaml.parse` does. */
export function compose(text: string): Composed {
  const documents: Document.Parsed[] = [];
  const composer = new Composer({
    // Stated, or a `%YAML 1.1` directive would change what scalars mean.
    schema: 'core',
    version: '1.2',
    customTags: withAnsibleScalars,
    resolveKnownTags: false,
    stringKeys: true,
    // Duplicates are reported with both places, by us.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  let broken = 0;
  for (const token of new Parser().parse(text)) {
    documents.push(...composer.next(token));
    if (token.type === 'error' && ++broken >= MAX_ERRORS) break;
  }
  documents.push(...composer.end(true, text.length));
  const parsed = documents.filter((document) => isDocument(document));
  return {
    documents: parsed,
    errors: parsed.flatMap(({ errors }) => errors),
    warnings: parsed.flatMap(({ warnings }) => warnings),
  };
}
