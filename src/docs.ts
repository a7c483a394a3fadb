import { formats } from './validate.ts';
import type { Schema } from './infer.ts';
import { renderYaml } from './source.ts';
import { isDeclarative, type Kind } from './task.ts';

/** Every kind with a line of its own. */
export function listKinds(kinds: readonly Kind[]): string {
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  const line = ({ kind, description }: Kind): string => `  ${kind.padEnd(width)}  ${description}`;
  const [states, acts] = [true, false].map((wanted) =>
    kinds.filter((kind) => isDeclarative(kind) === wanted).map(line),
  );
  return [
    'What is to be there (planned, verified, given back by destroy):',
    ...states!,
    '',
    'What is done where it stands in the order:',
    ...acts!,
    '',
    'netwright docs KIND tells its options.',
    '',
  ].join('\n');
}

/** A kind's options, their types and defaults, and an example. */
export function describeKind(kind: Kind): string {
  const { schema, freeForm, description } = kind;
  const options = Object.entries(schema.properties ?? {});
  const width = Math.min(16, Math.max(0, ...options.map(([name]) => name.length)));
  const required = new Set(schema.required);
  return [
    `${kind.kind} — ${description}`,
    ...(freeForm === undefined ? [] : ['', `A bare text stands for ${freeForm}.`]),
    '',
    ...options.flatMap(([name, option]) => describeOption(name.padEnd(width), option, required.has(name))),
    '',
    'Example:',
    '',
    exampleOf(kind),
    '',
  ].join('\n');
}

function describeOption(name: string, option: Schema, isRequired: boolean): string[] {
  const facts = [
    typeOf(option),
    ...(isRequired ? ['required'] : []),
    ...(option.default === undefined ? [] : [`default ${JSON.stringify(option.default)}`]),
  ];
  const lines = [`  ${name}  ${facts.join(', ')}`];
  const indent = ' '.repeat(name.length + 4);
  if (option.description !== undefined) lines.push(`${indent}${option.description}`);
  const items = option.items?.properties ?? option.properties;
  for (const [inner, schema] of Object.entries(items ?? {})) {
    lines.push(
      `${indent}  ${inner}: ${typeOf(schema)}${schema.description === undefined ? '' : `. ${schema.description}`}`,
    );
  }
  return lines;
}

/** `text, or a list of such`. */
function typeOf(schema: Schema): string {
  if (schema.anyOf) {
    const types = [...new Set(schema.anyOf.map(typeOf))];
    const singles = types.filter((type) => !type.startsWith('list of '));
    const rest = types.filter((type) => type.startsWith('list of ') && type !== `list of ${singles.join(' or ')}`);
    const isAlsoList = singles.length + rest.length < types.length;
    return `${[...singles, ...rest].join(' or ')}${isAlsoList ? ', or a list of such' : ''}`;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => String(one)).join(' | ');
  if (schema.format !== undefined) return formats[schema.format]?.words ?? schema.format;
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeOf(schema.items)}`;
  return [schema.type ?? 'anything']
    .flat()
    .map((type) => TYPES[type] ?? type)
    .join(' or ');
}

const TYPES: Readonly<Record<string, string>> = { string: 'text', object: 'mapping', boolean: 'true or false' };

/** A task with every option for which the schema has an example; made from what a test validates. */
function exampleOf({ kind, schema }: Kind): string {
  const lines = renderYaml([{ [kind]: kindExample(schema) }]).trimEnd();
  return lines.replaceAll(/^(?=.)/gm, '    ');
}

/** The example of a whole kind, else its options' own. */
export const kindExample = ({ examples, properties }: Schema): Record<string, unknown> =>
  examples?.[0] !== undefined
    ? (examples[0] as Record<string, unknown>)
    : Object.fromEntries(
        Object.entries(properties ?? {}).flatMap(([name, option]) =>
          option.examples?.[0] === undefined ? [] : [[name, option.examples[0]]],
        ),
      );
