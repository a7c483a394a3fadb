import type { ScalarTag, Tags } from 'yaml';
import { Vaulted } from './vaulted.ts';

/** yes, no, on and off in the three spellings that Ansible's parser knows (YAML 1.1). */
const bool = (value: boolean, test: RegExp): ScalarTag => ({
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test,
  resolve: () => value,
});

/** `0644` is octal to Ansible's users; with an 8 or 9 in it, it is no number to them. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  format: 'OCT',
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const notOctal: ScalarTag = {
  tag: 'tag:yaml.org,2002:str',
  default: true,
  test: /^[-+]?0[0-7]*[89][0-9]*$/,
  resolve: (text) => text,
};

const vault: ScalarTag = {
  tag: '!vault',
  resolve: (text) => new Vaulted(text),
};

/** What they are is told by the tag, when they become plain values. */
const unsafe = [
  { tag: '!unsafe', resolve: (text: string) => text },
  { tag: '!unsafe', collection: 'map', resolve: (node: unknown) => node },
  { tag: '!unsafe', collection: 'seq', resolve: (node: unknown) => node },
] as unknown as Tags;

/** The scalars of YAML 1.2's core schema, with Ansible's habits before them. */
export const withAnsibleScalars = (core: Tags): Tags => [
  bool(true, /^(?:yes|Yes|YES|on|On|ON)$/),
  bool(false, /^(?:no|No|NO|off|Off|OFF)$/),
  octal,
  notOctal,
  vault,
  ...unsafe,
  ...core,
];
