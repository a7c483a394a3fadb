import type { Problem } from './error.ts';
import type { At, Path } from './source.ts';
import type { Kind } from './task.ts';
import { failuresOf } from './validate/failures.ts';
import { problemsOf } from './validate/problems.ts';
import type { Shape } from './validate/shape.ts';
import { validatorOf } from './validate/validator.ts';
import { copy, isPending } from './validate/values.ts';

export { precompile } from './validate/ajv.ts';
export { formats } from './validate/formats.ts';
export { validatorFile } from './validate/validator.ts';
export { describe, isMapping, isPending, isTemplate } from './validate/values.ts';
export type { Shape } from './validate/shape.ts';

/** A checked value: with the schema's defaults, and good for use only without problems. */
export interface Checked {
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Options after templates are rendered. `at` is where the options stand; the given value is not changed. */
export const validateArgs = (kind: Kind, args: unknown, at: At): Checked => validateShape(shapeOf(kind), args, at);

/** Options as they were written: a template may stand for any value. */
export const validateRaw = (kind: Kind, args: unknown, at: At): readonly Problem[] =>
  validateShape(shapeOf(kind), args, at, isPending).problems;

/** Any value against any schema; what `pending` says of values that are not known yet is left alone. */
export function validateShape(
  shape: Shape,
  value: unknown,
  at: At,
  pending: (value: unknown, path: Path) => boolean = () => false,
): Checked {
  const validate = validatorOf(shape);
  const filled = copy(value);
  if (validate(filled)) return { value: filled, problems: [] };
  const failures = failuresOf(validate.errors ?? [], shape.schema, filled, pending);
  return { value: filled, problems: problemsOf(failures, shape.label, filled, at) };
}

/** The shape of a kind's options. */
export const shapeOf = ({ kind, schema }: Kind): Shape => ({ label: kind, schema });
