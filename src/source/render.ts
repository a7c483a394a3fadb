import { stringify } from 'yaml';

/** Plain data as a person would write it: no anchors, and quotes also where only YAML 1.1 needs them (22:22, yes). */
export const renderYaml = (value: unknown): string =>
  stringify(value, { aliasDuplicateObjects: false, lineWidth: 120, indentSeq: true, compat: 'yaml-1.1' });
