import { stringify } from 'yaml';

/** Plain data as a person would write it: small mappings in a line of their own, no anchors. */
export const renderYaml = (value: unknown): string =>
  stringify(value, { aliasDuplicateObjects: false, lineWidth: 120, indentSeq: true });
